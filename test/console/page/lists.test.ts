import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mentions, withPage } from "../../../lambda/console/page/entry-pages.ts";
import { mergeLive } from "../../../lambda/console/page/live-rows.ts";
import { fits, joinRows } from "../../../lambda/console/page/session-rows.ts";
import { rowWindow, scrollFor } from "../../../lambda/console/page/window.ts";
import { entryOf, sessionOf } from "../../stand-ins/console-fixtures.ts";

describe("a long list", () => {
  it("keeps only rows in sight and a few more", () => {
    expect(rowWindow(5000, 50, 50_000, 500)).toEqual({ from: 992, to: 1019 });
  });

  it("begins at the first row and ends at the last", () => {
    expect(rowWindow(5000, 50, 0, 500).from).toBe(0);
    expect(rowWindow(5000, 50, 249_500, 500).to).toBe(5000);
    expect(rowWindow(0, 50, 0, 500)).toEqual({ from: 0, to: 0 });
  });

  it("always shows every row that is in sight, and never many more", () => {
    const numbers = fc.integer({ min: 0, max: 300_000 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6000 }),
        numbers,
        fc.integer({ min: 0, max: 2000 }),
        (rows, scroll, height) => {
          const top = Math.min(scroll, rows * 50);
          const { from, to } = rowWindow(rows, 50, top, height);
          expect(from).toBeLessThanOrEqual(Math.floor(top / 50));
          expect(to).toBeGreaterThanOrEqual(Math.min(rows, Math.ceil((top + height) / 50)));
          expect(to - from).toBeLessThanOrEqual(height / 50 + 20);
        },
      ),
    );
  });

  it("scrolls only as far as a row needs to be seen", () => {
    expect(scrollFor(10, 50, 500, 500)).toBe(500);
    expect(scrollFor(9, 50, 500, 500)).toBe(450);
    expect(scrollFor(20, 50, 500, 500)).toBe(550);
  });
});

describe("live rows", () => {
  const id = (row: { id: string }): string => row.id;
  const shown = [
    { id: "a", n: 1 },
    { id: "b", n: 1 },
  ];
  const latest = [
    { id: "c", n: 1 },
    { id: "b", n: 2 },
  ];

  it("take the place of the old ones when nobody points at them", () => {
    expect(mergeLive(shown, latest, id, false)).toEqual({ shown: latest, waiting: 0 });
  });

  it("change in place and wait when somebody does", () => {
    expect(mergeLive(shown, latest, id, true)).toEqual({
      shown: [
        { id: "a", n: 1 },
        { id: "b", n: 2 },
      ],
      waiting: 1,
    });
  });
});

describe("filtering sessions", () => {
  const none = { user: "", repository: "", day: "", decision: "" };

  it("narrows by parts of words while somebody types", () => {
    const card = sessionOf("ses_1", 0, { login: "alice", repositories: ["acme/app"] });
    expect(fits(card, { ...none, user: "LI", repository: "app" })).toBe(true);
    expect(fits(card, { ...none, user: "bob" })).toBe(false);
    expect(fits(card, { ...none, repository: "site" })).toBe(false);
  });

  it("shows each session once, newest first", () => {
    const early = sessionOf("ses_1", 0);
    const late = sessionOf("ses_2", 1000);
    expect(joinRows([early], [late, early]).map((card) => card.session)).toEqual(["ses_2", "ses_1"]);
  });
});

describe("the entries of a session", () => {
  const entry = entryOf("req_1", "ses_1", 0, { title: "Merge a pull request", is: "deny" });

  it("keep their identity when a page comes again unchanged, and are replaced when they gained an outcome", () => {
    const { outcome, ...open } = entry;
    const pages = withPage([], 0, [open]);
    expect(withPage(pages, 0, [{ ...open }])[0]?.[0]).toBe(open);
    expect(withPage(pages, 0, [entry])[0]?.[0]?.outcome).toBe(outcome);
  });

  it("are found by words of their title, repository and verdict together", () => {
    expect(mentions(entry, "merge ACME/app")).toBe(true);
    expect(mentions(entry, "merge deny")).toBe(true);
    expect(mentions(entry, "merge acme/site")).toBe(false);
  });
});
