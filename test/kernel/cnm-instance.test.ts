import { Controller, Namespace } from "#lib/index.js";
import { expect } from "chai";
import { newHost } from "../support/cnm.js";
import { newFolder } from "../support/folder.js";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal, rejection } from "../support/rejection.js";

describe("Controller.open: who holds the instance", function () {
  it("refuses a second one of the instance in the namespace, and says who has it", async function () {
    await using world = await newHost(this);

    const error = await cnmRefusal(Controller.open({ host: world.host }));

    expect(error.code).to.equal("ERR_CNM_CONFLICT");
    expect(error.context).to.deep.include({ instance: "vethwork", pid: process.pid });
    expect(error.message).to.equal(
      "open controller: the instance vethwork is open in this namespace already, " +
        `by this process (${process.pid}); close that one, or give another instance name`,
    );
  });

  it("refuses it where the namespace was opened anew", async function () {
    await using world = await newHost(this);
    const { path = "" } = world.host;
    await using again = await Namespace.open({ path });

    const error = await cnmRefusal(Controller.open({ host: again }));

    expect(error.code).to.equal("ERR_CNM_CONFLICT");
  });

  it("lets one of another instance, or of another namespace, be open beside it", async function () {
    await using world = await newHost(this);
    await using other = await newHost(this);

    await using beside = await Controller.open({ host: world.host, instance: "beside" });

    expect([other.cnm.instance, beside.instance]).to.deep.equal(["vethwork", "beside"]);
  });

  it("lets the next one open when the first has closed, or could not be opened", async function () {
    await using netns = await newNetns(this);
    const first = await Controller.open({ host: netns });
    await first.close();
    const refused = await rejection(Controller.open({ host: netns, runDirectory: "/etc/hosts/x" }));

    await using second = await Controller.open({ host: netns });

    expect(refused).to.include({ code: "ERR_CNM_UNSUPPORTED" });
    expect(second.id).to.not.equal(first.id);
  });

  it("holds the instance until all is taken down", async function () {
    await using netns = await newNetns(this, "program:ss", "link:bridge");
    using folder = newFolder();
    const cnm = await Controller.open({ host: netns, runDirectory: folder.path });
    const network = await cnm.createNetwork("net");
    const sandbox = await cnm.createSandbox("s");
    await (await network.createEndpoint("a")).join(sandbox);
    const held = await runIn(netns, "ss", "-xlH");

    const closing = cnm.close();
    const early = await cnmRefusal(Controller.open({ host: netns }));
    await closing;

    await using next = await Controller.open({ host: netns });
    expect(held.stdout).to.include("@vethwork/vethwork ");
    expect(early.code).to.equal("ERR_CNM_CONFLICT");
    expect(next.instance).to.equal("vethwork");
  });

  it("lets go when the host's namespace was closed before", async function () {
    await using netns = await newNetns(this, "program:ss");
    const { path = "" } = netns;
    const host = await Namespace.open({ path });
    const cnm = await Controller.open({ host });
    await host.close();

    await cnm.close();

    expect((await runIn(netns, "ss", "-xlH")).stdout).to.equal("");
  });
});
