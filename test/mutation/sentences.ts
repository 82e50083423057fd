// Leaves sentences for people unmutated: they decide nothing, and a test of every word would only repeat them.
import { PluginKind, declareValuePlugin } from "@stryker-mutator/api/plugin";
import type { Ignorer } from "@stryker-mutator/api/ignore";

/** Babel's path, as far as it is asked here; its types are no dependency of ours. */
interface Path {
  readonly node: { readonly type: string; readonly value?: unknown; readonly quasis?: readonly Quasi[] };
  readonly parent: { readonly type: string } | null;
  readonly key: string | number | null;
}
interface Quasi {
  readonly value: { readonly raw: string };
}

/** Texts with a space between two words, and the details that fill an error's sentence. */
const sentences: Ignorer = {
  shouldIgnore(babelPath) {
    const { node, parent, key } = babelPath as unknown as Path;
    if (node.type === "StringLiteral" && isSentence(String(node.value))) return "a sentence for people";
    if (node.type === "TemplateLiteral" && isSentence(textOf(node.quasis))) return "a sentence for people";
    if (node.type === "ObjectExpression" && key === 1 && parent?.type === "NewExpression")
      return "the details of an error's sentence";
    return undefined;
  },
};

function textOf(quasis: readonly Quasi[] = []): string {
  return quasis.map(({ value }) => value.raw).join("0");
}

function isSentence(text: string): boolean {
  return /[\w.,;:)…] [\w(]/.test(text);
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, "sentences", sentences)];
