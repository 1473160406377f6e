import { expect } from "chai";
import { needs } from "../support/needs.js";
import { run } from "../support/run.js";
import { childFile } from "./child.js";

describe("process: a pair whose far end is in another namespace", function () {
  this.timeout(60_000);

  it("goes without an answer to what was asked of that namespace", async function () {
    needs(this, "program:ip", "program:unshare", "link:veth", "link:bridge");
    const pairs = "ip link add a0 type veth peer name b0; ip link add a1 type veth peer name b1";
    const child = [process.execPath, childFile("far-end")];

    const words = ["--net", "sh", "-c", `${pairs}; exec "$@"`, "sh", ...child];
    const { code, stdout, stderr } = await run("unshare", words);

    expect(code, stderr).to.equal(0);
    const answers = JSON.parse(stdout) as unknown[];
    expect(answers).to.deep.equal(Array.from({ length: 4 }, () => ["lo", "br0"]));
  });
});
