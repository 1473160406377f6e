import { expect } from "chai";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needs, type Need } from "../support/needs.js";
import { repository, run, withoutPreload } from "../support/run.js";

const pages = [
  "README.md",
  "docs/endpoints.md",
  "docs/extending.md",
  "docs/metrics.md",
  "docs/netlink.md",
  "docs/networks.md",
  "docs/recovery.md",
  "docs/tracing.md",
  ...["docs/drivers", "docs/netlink"].flatMap((of) =>
    readdirSync(join(repository, of))
      .sort()
      .map((file) => `${of}/${file}`),
  ),
];

interface Snippet {
  readonly page: string;
  readonly name: string;
  readonly text: string;
}

const snippets: readonly Snippet[] = pages.flatMap((page) =>
  [...readFileSync(join(repository, page), "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map(
    ([, text = ""], at) => ({
      page,
      name: `${page.replace(/^docs\//, "").replace(/\W/g, "-")}-${at + 1}`,
      text,
    }),
  ),
);

function needsOf({ text }: Snippet): readonly Need[] {
  const needed: Need[] = /spawn\("ping"/.test(text) ? ["program:ping"] : [];
  if (text.includes("conntrack")) needed.push("kernel:conntrack");
  if (/openTun|kind: "t(?:un|ap)"/.test(text)) needed.push("tun");
  for (const [, kind] of text.matchAll(/kind: "(vxlan|wireguard)"/g)) {
    needed.push(`link:${String(kind)}`);
  }
  return needed;
}

// In the package's own folder: "vethwork" is then the package itself, as in the examples.
const folder = join(repository, "out/snippets");

describe("snippets of the documentation", function () {
  this.timeout(60_000);

  before("compile", async function () {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const options = { composite: false, declarationMap: false };
    const config = { extends: "../../tsconfig.base.json", compilerOptions: options };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    for (const { name, text } of snippets) writeFileSync(join(folder, `${name}.ts`), text);
    const compiler = join(repository, "node_modules/typescript/bin/tsc");
    const { stdout } = await run(process.execPath, [compiler, "--project", folder], {
      env: withoutPreload(),
    });
    expect(stdout).to.equal("");
  });

  after("remove", function () {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const snippet of snippets) {
    it(`${snippet.name} runs as it stands`, async function () {
      needs(this, ...needsOf(snippet));

      const { code, stderr } = await run(process.execPath, [join(folder, `${snippet.name}.js`)]);

      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    });
  }
});
