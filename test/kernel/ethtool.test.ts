import type { Namespace } from "#lib/netlink.js";
import { expect } from "chai";
import type { Context } from "mocha";
import { newNetns } from "../support/netns.js";
import { runIn } from "../support/other-eyes.js";
import { cnmRefusal, kernelRefusal, rejection } from "../support/rejection.js";

async function wired(context: Context): Promise<Namespace> {
  const netns = await newNetns(context, "program:ethtool", "link:veth");
  await netns.links.add({ kind: "veth", name: "a0", peer: { name: "b0" } });
  return netns;
}

/** `"on"`, `"off [fixed]"` ... by name, as ethtool(8) prints them; without its summaries. */
async function ethtool(netns: Namespace, link: string): Promise<Record<string, string>> {
  const { stdout } = await runIn(netns, "ethtool", "-k", link);
  const lines = [...stdout.matchAll(/^\s*([\w-]+): (on|off)( \[.*\])?$/gm)];
  return Object.fromEntries(
    lines.map(([, name = "", state = "", more = ""]) => [name, `${state}${more}`]),
  );
}

describe("Ethtool", function () {
  for (const link of ["a0", "lo"]) {
    it(`shows the features of ${link} as ethtool(8) does`, async function () {
      await using netns = await wired(this);

      const features = await netns.ethtool.features(link);

      const seen = await ethtool(netns, link);
      const named = Object.entries(features).filter(([name]) => name in seen);
      expect(named.length).to.be.greaterThan(25);
      for (const [name, { active, wanted, fixed }] of named) {
        const state = active ? "on" : "off";
        const more = fixed
          ? " [fixed]"
          : active === wanted
            ? ""
            : ` [requested ${wanted ? "on" : "off"}]`;
        expect(`${name} ${state}${more}`).to.equal(`${name} ${seen[name] ?? ""}`);
      }
      const { index } = await netns.links.get(link);
      expect(await netns.ethtool.features(index)).to.deep.equal(features);
    });
  }

  it("switches features off and on, and no others", async function () {
    await using netns = await wired(this);
    const before = await ethtool(netns, "a0");

    const after = await netns.ethtool.setFeatures("a0", {
      "tx-checksum-ip-generic": false,
      "rx-gro": true,
    });

    const seen = await ethtool(netns, "a0");
    expect(after["tx-checksum-ip-generic"]).to.include({ active: false, fixed: false });
    expect(after["rx-gro"]).to.include({ active: true });
    expect(before["tx-checksum-ip-generic"]).to.equal("on");
    expect(seen["tx-checksum-ip-generic"]).to.equal("off");
    expect(await ethtool(netns, "b0")).to.deep.equal(before);
    await netns.ethtool.setFeatures("a0", { "tx-checksum-ip-generic": true, "rx-gro": false });
    expect(await ethtool(netns, "a0")).to.deep.equal(before);
  });

  it("says which features are fixed", async function () {
    await using netns = await wired(this);

    const error = await cnmRefusal(
      netns.ethtool.setFeatures("lo", { loopback: false, "rx-gro-list": true }),
    );

    expect(error.code).to.equal("ERR_CNM_UNSUPPORTED");
    expect(error.context["features"]).to.deep.equal(["loopback"]);
    expect(error.message).to.include("set features of lo: loopback: fixed");
    expect((await ethtool(netns, "lo"))["rx-gro-list"]).to.equal("on");
  });

  it("says that there is no such link, and no such feature", async function () {
    await using netns = await wired(this);

    const link = await kernelRefusal(netns.ethtool.features("none"));
    const feature = await kernelRefusal(netns.ethtool.setFeatures("a0", { "tx-magic": true }));

    expect(link).to.include({ errnoName: "ENODEV", syscall: "ETHTOOL_MSG_FEATURES_GET" });
    expect(link.attribute).to.equal("header.dev_name");
    expect(feature.syscall).to.equal("ETHTOOL_MSG_FEATURES_SET");
    expect(feature.errnoName).to.be.oneOf(["EINVAL", "EOPNOTSUPP", "ENOTSUP"]);
    expect(feature.attribute).to.equal("wanted.bits.0.name");
  });

  it("changes nothing where nothing is asked for, and refuses what is no boolean", async function () {
    await using netns = await wired(this);

    const features = await netns.ethtool.setFeatures("a0", {});
    const error = await rejection(
      netns.ethtool.setFeatures("a0", { "rx-gro": "on" as unknown as boolean }),
    );

    expect(features).to.deep.equal(await netns.ethtool.features("a0"));
    expect(error).to.include({ code: "ERR_INVALID_ARG_TYPE" });
  });
});

describe("GenericNetlink", function () {
  it("knows the number, the version and the groups of a family", async function () {
    await using netns = await newNetns(this);

    const control = await netns.generic.family("nlctrl");
    const ethtool = await netns.generic.family("ethtool");

    expect(control).to.include({ id: 16, version: 2 }); // GENL_ID_CTRL
    expect(control.groups.map(({ name }) => name)).to.deep.equal(["notify"]);
    expect(ethtool.id).to.be.greaterThan(16);
    expect(ethtool.groups.map(({ name }) => name)).to.deep.equal(["monitor"]);
  });

  it("says that there is no such family", async function () {
    await using netns = await newNetns(this);

    const error = await kernelRefusal(netns.generic.family("none-such"));
    const name = await cnmRefusal(netns.generic.family("n".repeat(16)));

    expect(error).to.include({ errnoName: "ENOENT", syscall: "CTRL_CMD_GETFAMILY" });
    expect(name.code).to.equal("ERR_CNM_INVALID_OPTION");
  });
});
