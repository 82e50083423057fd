// Tokens that name themselves: a fixed prefix, an alphabet, a length. From the providers' own descriptions.
import type { AlphabetName } from "./alphabets.ts";

export interface TokenKind {
  readonly kind: string;
  readonly prefix: string;
  readonly alphabet: AlphabetName;
  /** Characters after the prefix. Longer than `max`: masked to its end, or nothing at all when min equals max. */
  readonly min: number;
  readonly max: number;
  /** Ends in a base62 CRC-32 of its first 30 characters when it has 36. */
  readonly hasChecksum?: true;
}

type Row = readonly [kind: string, alphabet: AlphabetName, min: number, max: number, prefixes: string];

/** GitHub's and npm's, whose checksums are known. `ghs_` and `gho_` may carry a JWT instead: see github.ts. */
const checked: readonly Row[] = [
  ["github-token", "alphanumeric", 36, 36, "ghp_"],
  ["github-token", "alphanumeric", 36, 255, "gho_ ghu_ ghr_ ghs_"],
  ["npm-token", "alphanumeric", 36, 36, "npm_"],
];

const plain: readonly Row[] = [
  ["github-token", "wordCharacters", 82, 82, "github_pat_"],
  // In `download_url` and redirects of private repositories: whoever has it reads the file past any gateway.
  ["github-raw-token", "upperAlphanumeric", 29, 128, "token="],
  ["github-raw-token", "upperAlphanumeric", 20, 128, "GHSAT0"],
  ["pypi-token", "base64url", 80, 512, "pypi-AgE"],
  ["rubygems-key", "hex", 48, 48, "rubygems_"],
  ["docker-token", "base64url", 27, 32, "dckr_pat_ dckr_oat_"],
  ["aws-session-token", "base64Padded", 100, 4096, "IQoJ FwoG"],
  ["aws-bedrock-key", "base64Padded", 100, 1024, "ABSK bedrock-api-key-"],
  ["google-api-key", "base64url", 35, 35, "AIza"],
  ["google-oauth", "base64url", 28, 64, "GOCSPX-"],
  ["google-oauth", "base64urlDot", 30, 1024, "ya29."],
  ["stripe-key", "alphanumeric", 10, 128, "sk_live_ rk_live_ sk_test_ rk_test_"],
  ["stripe-webhook-secret", "base64Padded", 32, 64, "whsec_"],
  ["slack-token", "alphanumericDash", 20, 255, "xoxb- xoxp- xoxa- xoxr- xoxs- xoxc- xoxd- xoxo-"],
  ["slack-token", "base64url", 30, 512, "xapp-1- xoxe-1- xoxe.xox"],
  ["slack-webhook", "alphanumericSlash", 30, 128, "hooks.slack.com/services/ hooks.slack.com/workflows/"],
  ["gitlab-token", "base64urlDot", 20, 316, "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- glimt-"],
  ["gitlab-token", "base64urlDot", 20, 316, "glagent- gloas- glffct- glwt-"],
  ["atlassian-token", "base64urlPadded", 150, 255, "ATATT3 ATCTT3"],
  ["openai-key", "base64url", 40, 255, "sk-proj- sk-svcacct- sk-admin-"],
  ["openrouter-key", "hex", 64, 64, "sk-or-v1-"],
  ["anthropic-key", "base64url", 80, 160, "sk-ant-api03- sk-ant-admin01- sk-ant-oat01- sk-ant-ort01-"],
  ["huggingface-token", "letters", 34, 34, "hf_ api_org_"],
  ["groq-key", "alphanumeric", 52, 52, "gsk_"],
  ["xai-key", "alphanumeric", 80, 80, "xai-"],
  ["replicate-token", "alphanumeric", 37, 37, "r8_"],
  ["perplexity-key", "alphanumeric", 48, 56, "pplx-"],
  ["nvidia-key", "base64url", 60, 80, "nvapi-"],
  ["cloudflare-token", "alphanumeric", 48, 48, "cfk_ cfut_ cfat_"],
  ["digitalocean-token", "hex", 64, 64, "dop_v1_ doo_v1_ dor_v1_"],
  ["databricks-token", "hex", 32, 32, "dapi"],
  ["vault-token", "base64url", 24, 512, "hvs. hvb. hvr."],
  ["grafana-token", "wordCharacters", 41, 41, "glsa_"],
  ["sentry-token", "hex", 64, 64, "sntryu_"],
  ["newrelic-key", "upperAlphanumeric", 27, 27, "NRAK-"],
  ["postman-key", "alphanumericDash", 59, 59, "PMAK-"],
  ["figma-token", "base64url", 40, 64, "figd_"],
  ["linear-key", "alphanumeric", 40, 64, "lin_api_ lin_oauth_"],
  ["notion-token", "alphanumeric", 46, 46, "ntn_"],
  ["shopify-token", "hex", 32, 32, "shpat_ shpca_ shppa_ shpss_"],
  ["square-token", "base64url", 22, 22, "sq0atp-"],
  ["square-token", "base64url", 43, 43, "sq0csp-"],
  ["sendgrid-key", "base64urlDot", 66, 66, "SG."],
  ["brevo-key", "alphanumericDash", 81, 81, "xkeysib- xsmtpsib-"],
  ["supabase-token", "hex", 40, 40, "sbp_"],
  ["supabase-token", "base64url", 20, 60, "sb_secret_"],
  ["planetscale-token", "base64urlDot", 32, 64, "pscale_tkn_ pscale_pw_ pscale_oauth_"],
  ["netlify-token", "alphanumeric", 36, 64, "nfp_"],
  ["doppler-token", "base64url", 40, 44, "dp.pt. dp.st. dp.sa. dp.ct. dp.scim. dp.audit."],
  ["pulumi-token", "hex", 40, 40, "pul-"],
  ["buildkite-token", "hex", 40, 40, "bkua_"],
  ["circleci-token", "wordCharacters", 40, 90, "CCIPAT_ CCIPRJ_"],
  ["contentful-token", "base64url", 43, 43, "CFPAT-"],
  ["tailscale-key", "alphanumericDash", 30, 60, "tskey-auth- tskey-api- tskey-client-"],
  ["onepassword-token", "base64url", 250, 1200, "ops_eyJ"],
  ["age-key", "bech32", 58, 58, "AGE-SECRET-KEY-1"],
];

function expand(rows: readonly Row[], hasChecksum: boolean): TokenKind[] {
  return rows.flatMap(([kind, alphabet, min, max, prefixes]) =>
    prefixes
      .split(" ")
      .map((prefix) => ({ kind, prefix, alphabet, min, max, ...(hasChecksum && { hasChecksum }) })),
  );
}

export const tokenKinds: readonly TokenKind[] = [...expand(checked, true), ...expand(plain, false)];
