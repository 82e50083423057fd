// What the sandbox's repositories contain: small, but enough to read, change, review and mask.
import type { DemoSecrets, SeedCommit } from "./github-seed.ts";

const appReadme = `# app

The order service of Acme. \`npm test\` runs its tests; \`main\` is what customers use.

Changes reach \`main\` through review.
`;

const orders = `// Orders: what a customer wants to buy.
export interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly priceCents: number;
}

export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + line.quantity * line.priceCents, 0);
}
`;

const ordersWithDiscount = `${orders}
export function discounted(lines: readonly Line[], percent: number): number {
  return Math.round((total(lines) * (100 - percent)) / 100);
}
`;

const server = `import { createServer } from "node:http";
import { total } from "./orders.ts";

createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ path: request.url, total: total([]) }));
}).listen(Number(process.env.PORT ?? 8080));
`;

const workflow = `name: ci
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm ci && npm test
`;

function demoEnv(secrets: DemoSecrets): string {
  return `# Demo settings. The values are random and open nothing; they are here to be masked.
PORT=8080
LOG_LEVEL=info
GITHUB_TOKEN=${secrets.gitHubToken}
AWS_ACCESS_KEY_ID=${secrets.awsKeyId}
AWS_SECRET_ACCESS_KEY=${secrets.awsSecretKey}
`;
}

export function appHistory(secrets: DemoSecrets): readonly SeedCommit[] {
  return [
    {
      branch: "main",
      by: "carol",
      daysAgo: 40,
      message: "Start the order service\n",
      files: {
        "README.md": appReadme,
        "package.json": `{\n  "name": "app",\n  "private": true,\n  "type": "module"\n}\n`,
        "src/orders.ts": orders,
      },
    },
    {
      branch: "main",
      by: "dave",
      daysAgo: 30,
      message: "Run the tests on every push\n",
      files: { ".github/workflows/ci.yml": workflow },
    },
    {
      branch: "main",
      by: "bob",
      daysAgo: 21,
      message: "Serve orders over HTTP\n",
      files: { "src/server.ts": server, "config/demo.env": demoEnv(secrets) },
    },
    {
      branch: "release/1.0",
      from: "main",
      by: "carol",
      daysAgo: 20,
      message: "Release 1.0\n",
      files: { "CHANGELOG.md": "# Changes\n\n## 1.0\n\n- First release.\n" },
    },
    {
      branch: "main",
      by: "alice",
      daysAgo: 12,
      message: "Say how changes reach main\n",
      files: { "CONTRIBUTING.md": "Open a pull request. Somebody from the platform team reviews it.\n" },
    },
    {
      branch: "feature/discounts",
      from: "main",
      by: "alice",
      daysAgo: 2,
      message: "Add discounts\n\nRounds half a cent up.\n",
      files: { "src/orders.ts": ordersWithDiscount },
    },
  ];
}

export function siteHistory(): readonly SeedCommit[] {
  return [
    {
      branch: "main",
      by: "bob",
      daysAgo: 90,
      message: "Put up a first page\n",
      files: {
        "README.md": "# site\n\nThe public pages of Acme.\n",
        "index.html": "<!doctype html>\n<title>Acme</title>\n<h1>Everything, delivered</h1>\n",
      },
    },
    {
      branch: "main",
      by: "alice",
      daysAgo: 15,
      message: "Add a style sheet\n",
      files: {
        "style.css": "body {\n  font: 1rem/1.5 system-ui;\n  max-width: 40rem;\n  margin: auto;\n}\n",
      },
    },
  ];
}

export function vaultHistory(secrets: DemoSecrets): readonly SeedCommit[] {
  return [
    {
      branch: "main",
      by: "erin",
      daysAgo: 60,
      message: "Keep what only the security team may see\n",
      files: {
        "README.md": "# vault\n\nFor the security team only.\n",
        "break-glass.env": demoEnv(secrets),
      },
    },
  ];
}

export function wikiHistory(): readonly SeedCommit[] {
  const files = { "Home.md": "# The order service\n\nHow it is run, and whom to call.\n" };
  return [{ branch: "main", by: "bob", daysAgo: 80, message: "Start the wiki\n", files }];
}
