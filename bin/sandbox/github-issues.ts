// Issues and comments: as much as an agent needs to read one and to answer.
import {
  created,
  GitHubError,
  listAnswer,
  notFound,
  ok,
  optionalText,
  requiredText,
  type Answer,
  type Json,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import {
  changeState,
  readState,
  type IssueComment,
  type IssueState,
  type PullState,
  type RepositoryState,
} from "./github-repositories.ts";
import { nodeId, repositoryUrl, timestamp, tokenUser, userJson } from "./github-shapes.ts";

type Thread = IssueState | PullState;

function issueJson(call: RepositoryCall, issue: Thread, comments: number): Json {
  const url = repositoryUrl(call, call.repository);
  const self = `${url}/issues/${issue.number}`;
  const id = call.repository.id * 1000 + issue.number;
  const html = `${call.base}/${call.repository.fullName}/${issue.kind === "pull" ? "pull" : "issues"}/${issue.number}`;
  return {
    id,
    node_id: nodeId("Issue", id),
    url: self,
    repository_url: url,
    comments_url: `${self}/comments`,
    html_url: html,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: userJson(call, issue.user),
    labels: [],
    assignees: [],
    state: issue.state,
    locked: false,
    comments,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: null,
    ...(issue.kind === "pull"
      ? { pull_request: { url: `${url}/pulls/${issue.number}`, html_url: html } }
      : {}),
  };
}

function commentJson(call: RepositoryCall, number: number, comment: IssueComment): Json {
  const url = repositoryUrl(call, call.repository);
  return {
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    url: `${url}/issues/comments/${comment.id}`,
    html_url: `${call.base}/${call.repository.fullName}/issues/${number}#issuecomment-${comment.id}`,
    issue_url: `${url}/issues/${number}`,
    body: comment.body,
    user: userJson(call, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
  };
}

function threadOf(call: RepositoryCall, state: RepositoryState): Thread {
  const thread = state.threads.find(({ number }) => number === Number(call.parts[0]));
  if (thread === undefined) throw notFound();
  return thread;
}

const commentsOf = (state: RepositoryState, number: number): readonly IssueComment[] =>
  state.comments[number] ?? [];

async function list(call: RepositoryCall): Promise<Answer> {
  const state = await readState(call.repository);
  const wanted = call.query.get("state") ?? "open";
  const issues = state.threads.filter((one) => wanted === "all" || one.state === wanted).toReversed();
  return listAnswer(call, issues, (issue) => issueJson(call, issue, commentsOf(state, issue.number).length));
}

async function get(call: RepositoryCall): Promise<Answer> {
  const state = await readState(call.repository);
  const thread = threadOf(call, state);
  return ok(issueJson(call, thread, commentsOf(state, thread.number).length));
}

async function create(call: RepositoryCall): Promise<Answer> {
  const title = requiredText(call.body, "title");
  const body = optionalText(call.body, "body") ?? null;
  const at = timestamp(call.nowMs);
  const issue = await changeState(call.repository, (state) => {
    const number = state.lastNumber + 1;
    const result: IssueState = {
      kind: "issue",
      number,
      title,
      body,
      user: tokenUser.login,
      state: "open",
      createdAt: at,
      updatedAt: at,
    };
    return Promise.resolve({
      state: { ...state, lastNumber: number, threads: [...state.threads, result] },
      result,
    });
  });
  const json = issueJson(call, issue, 0);
  return created(json, json.url);
}

async function update(call: RepositoryCall): Promise<Answer> {
  const title = optionalText(call.body, "title");
  const body = optionalText(call.body, "body");
  const next = optionalText(call.body, "state");
  if (next !== undefined && next !== "open" && next !== "closed")
    throw new GitHubError(422, "Validation Failed");
  const changed = await changeState(call.repository, (state) => {
    const thread = threadOf(call, state);
    if (thread.kind === "pull" && next !== undefined) {
      throw new GitHubError(422, "Close a pull request by its own address");
    }
    const result: Thread = {
      ...thread,
      title: title ?? thread.title,
      body: body ?? thread.body,
      state: next ?? thread.state,
      updatedAt: timestamp(call.nowMs),
    };
    return Promise.resolve({
      state: { ...state, threads: state.threads.map((one) => (one === thread ? result : one)) },
      result,
    });
  });
  return ok(issueJson(call, changed, 0));
}

async function listComments(call: RepositoryCall): Promise<Answer> {
  const state = await readState(call.repository);
  const { number } = threadOf(call, state);
  return listAnswer(call, commentsOf(state, number), (comment) => commentJson(call, number, comment));
}

async function comment(call: RepositoryCall): Promise<Answer> {
  const body = requiredText(call.body, "body");
  const made = await changeState(call.repository, (state) => {
    const { number } = threadOf(call, state);
    const id = state.lastCommentId + 1;
    const result = { id, body, user: tokenUser.login, createdAt: timestamp(call.nowMs) };
    const comments = { ...state.comments, [number]: [...commentsOf(state, number), result] };
    return Promise.resolve({ state: { ...state, lastCommentId: id, comments }, result });
  });
  const json = commentJson(call, Number(call.parts[0]), made);
  return created(json, json.url);
}

export const issueRoutes: readonly Route<RepositoryCall>[] = [
  ["GET", /^\/issues$/, list],
  ["POST", /^\/issues$/, create],
  ["GET", /^\/issues\/(\d+)$/, get],
  ["PATCH", /^\/issues\/(\d+)$/, update],
  ["GET", /^\/issues\/(\d+)\/comments$/, listComments],
  ["POST", /^\/issues\/(\d+)\/comments$/, comment],
];
