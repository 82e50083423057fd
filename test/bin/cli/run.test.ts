// An agent under `gatehouse run`: one token in its environment, nobody else's, and its own end.
import { describe, expect, it } from "@jest/globals";
import { agentEnvironment } from "../../../bin/cli/agent-environment.ts";
import { withSessionId } from "../../../bin/cli/run.ts";

const session = { host: "https://gw.acme.example", token: "gho_run", session: "ses_1" };

describe("the agent's environment", () => {
  it("names the gateway and the one token to every client", () => {
    expect(agentEnvironment(session, { PATH: "/bin" })).toMatchObject({
      PATH: "/bin",
      COPILOT_GH_HOST: "gw.acme.example",
      GH_HOST: "gw.acme.example",
      GH_ENTERPRISE_TOKEN: "gho_run",
      COPILOT_GITHUB_TOKEN: "gho_run",
      GATEHOUSE_SESSION: "ses_1",
    });
  });

  it("hands on no token that leads past the gateway", () => {
    const own = {
      GH_TOKEN: "one",
      GITHUB_TOKEN: "two",
      GITHUB_ENTERPRISE_TOKEN: "three",
      COPILOT_GITHUB_TOKEN: "four",
    };
    const all = Object.values(agentEnvironment(session, own));
    expect(Object.values(own).filter((token) => all.includes(token))).toEqual([]);
  });

  it("adds to git's settings in the environment and keeps what stands there", () => {
    const before = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "user.name", GIT_CONFIG_VALUE_0: "Alice" };
    expect(agentEnvironment(session, before)).toMatchObject({
      GIT_CONFIG_COUNT: "6",
      GIT_CONFIG_KEY_0: "user.name",
      GIT_CONFIG_KEY_1: "url.https://gw.acme.example/.insteadOf",
      GIT_CONFIG_VALUE_1: "https://github.com/",
    });
  });

  it("names loopback addresses to Copilot one by one, and for a real host none", () => {
    const local = agentEnvironment({ ...session, host: "http://127.0.0.1:8480" }, {});
    expect(local.COPILOT_API_URL).toBe("http://127.0.0.1:8480/capi");
    expect(agentEnvironment(session, {})).not.toHaveProperty("COPILOT_API_URL");
  });
});

describe("Copilot's session", () => {
  it("gets an id of its own", () => {
    expect(withSessionId(["copilot", "-p", "hi"], () => "id")).toEqual([
      "copilot",
      "--session-id=id",
      "-p",
      "hi",
    ]);
    expect(withSessionId(["/opt/bin/copilot"], () => "id")).toEqual(["/opt/bin/copilot", "--session-id=id"]);
  });

  it.each([["--session-id=mine"], ["--session-id"], ["--resume"], ["--resume=x"], ["--continue"]])(
    "keeps the one that the person names (%s)",
    (flag) => {
      expect(withSessionId(["copilot", flag], () => "id")).toEqual(["copilot", flag]);
    },
  );

  it("is nothing that other agents are told of", () => {
    expect(withSessionId(["my-copilot"], () => "id")).toEqual(["my-copilot"]);
  });
});
