// The fields of every answer that the road gives itself.
import type { HeaderList } from "../model/http.ts";

/** Road answers can never act as the console, whatever they contain. */
export const roadHeaders: HeaderList = [
  ["Content-Security-Policy", "sandbox; default-src 'none'"],
  ["X-Content-Type-Options", "nosniff"],
];
