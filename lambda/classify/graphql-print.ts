// What is sent of a query: the parsed document, printed, and the values of the variables that it declares.
import { print } from "graphql";
import type { Reading, Variables } from "./graphql-document.ts";

export function printed({ document, variables }: Reading): { query: string; variables: Variables } {
  return { query: print(document), variables };
}
