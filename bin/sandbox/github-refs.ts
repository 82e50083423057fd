// Git refs over REST: reading, creating, moving and deleting them.
import {
  created,
  GitHubError,
  listAnswer,
  noContent,
  notFound,
  ok,
  requiredText,
  type Answer,
  type Json,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import { readObject } from "./github-git.ts";
import { deleteRef, isAncestor, isRefName, listRefs, moveRef, readRef, type Ref } from "./github-history.ts";
import { encodePath, nodeId, repositoryUrl } from "./github-shapes.ts";

const zeros = "0".repeat(40);

function refJson(call: RepositoryCall, ref: Ref): Json {
  const url = `${repositoryUrl(call, call.repository)}/git`;
  return {
    ref: ref.ref,
    node_id: nodeId("Ref", `${call.repository.id}:${ref.ref}`),
    url: `${url}/${encodePath(ref.ref)}`,
    object: { sha: ref.oid, type: ref.type, url: `${url}/${ref.type}s/${ref.oid}` },
  };
}

const refName = (call: RepositoryCall): string => `refs/${(call.parts[0] ?? "").replace(/^refs\//, "")}`;

async function get(call: RepositoryCall): Promise<Answer> {
  const ref = await readRef(call.repository.directory, refName(call));
  if (ref === undefined) throw notFound();
  return ok(refJson(call, ref));
}

async function matching(call: RepositoryCall): Promise<Answer> {
  const prefix = refName(call);
  const refs = (await listRefs(call.repository.directory, "refs/")).filter(({ ref }) =>
    ref.startsWith(prefix),
  );
  return listAnswer(call, refs, (ref) => refJson(call, ref));
}

async function objectType(call: RepositoryCall, sha: string): Promise<string> {
  const object = /^[0-9a-f]{40}$/.test(sha) ? await readObject(call.repository.directory, sha) : undefined;
  if (object === undefined) throw new GitHubError(422, "Object does not exist");
  return object.type;
}

async function create(call: RepositoryCall): Promise<Answer> {
  const ref = requiredText(call.body, "ref");
  const sha = requiredText(call.body, "sha");
  if (ref.split("/").length < 3 || !(await isRefName(call.repository.directory, ref))) {
    throw new GitHubError(422, `${ref} is not a valid ref name.`);
  }
  const type = await objectType(call, sha);
  if (ref.startsWith("refs/heads/") && type !== "commit")
    throw new GitHubError(422, "Object is not a commit");
  if (!(await moveRef(call.repository.directory, ref, sha, zeros))) {
    throw new GitHubError(422, "Reference already exists");
  }
  const json = refJson(call, { ref, oid: sha, type });
  return created(json, json.url);
}

async function update(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const sha = requiredText(call.body, "sha");
  const ref = await readRef(directory, refName(call));
  if (ref === undefined) throw new GitHubError(422, "Reference does not exist");
  const type = await objectType(call, sha);
  if (ref.ref.startsWith("refs/heads/") && type !== "commit") {
    throw new GitHubError(422, "Object is not a commit");
  }
  if (call.body.force !== true && !(await isAncestor(directory, ref.oid, sha))) {
    throw new GitHubError(422, "Update is not a fast forward");
  }
  if (!(await moveRef(directory, ref.ref, sha, ref.oid)))
    throw new GitHubError(409, "Reference was moved meanwhile");
  return ok(refJson(call, { ref: ref.ref, oid: sha, type }));
}

async function remove(call: RepositoryCall): Promise<Answer> {
  const ref = await readRef(call.repository.directory, refName(call));
  if (ref === undefined) throw new GitHubError(422, "Reference does not exist");
  if (!(await deleteRef(call.repository.directory, ref.ref, ref.oid))) {
    throw new GitHubError(409, "Reference was moved meanwhile");
  }
  return noContent;
}

async function tags(call: RepositoryCall): Promise<Answer> {
  const url = repositoryUrl(call, call.repository);
  return listAnswer(call, await listRefs(call.repository.directory, "refs/tags/"), ({ ref, oid }) => {
    const name = ref.slice("refs/tags/".length);
    return {
      name,
      commit: { sha: oid, url: `${url}/commits/${oid}` },
      node_id: nodeId("Ref", `${call.repository.id}:${ref}`),
    };
  });
}

export const refRoutes: readonly Route<RepositoryCall>[] = [
  ["GET", /^\/git\/ref\/(.+)$/, get],
  ["GET", /^\/git\/matching-refs\/(.*)$/, matching],
  ["GET", /^\/git\/refs$/, (call) => matching({ ...call, parts: [""] })],
  ["GET", /^\/git\/refs\/(.+)$/, get],
  ["POST", /^\/git\/refs$/, create],
  ["PATCH", /^\/git\/refs\/(.+)$/, update],
  ["DELETE", /^\/git\/refs\/(.+)$/, remove],
  ["GET", /^\/tags$/, tags],
];
