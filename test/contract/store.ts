import { kinds, type Change, type Json, type Kind, type Store } from "#lib/store/contract.js";
import { expect } from "chai";
import fc from "fast-check";

/** What every store does. `make` gives a new, empty one; the suite closes it. */
export function storeContract(name: string, make: () => Promise<Store>): void {
  describe(`store contract: ${name}`, function () {
    let store: Store;

    beforeEach(async function () {
      store = await make();
    });

    afterEach(async function () {
      await store.close();
    });

    it("gives back what was put", async function () {
      const value = { name: "web", addresses: ["10.0.0.2/16"], mtu: 1500, gateway: null };
      await store.put("endpoint", "e1", value);

      const found = await store.get("endpoint", "e1");

      expect(found).to.deep.equal(value);
    });

    it("gives back any JSON value as it was", async function () {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (value) => {
          const plain = JSON.parse(JSON.stringify(value)) as Json; // -0 is not JSON
          await store.put("network", "n1", plain);

          const found = await store.get("network", "n1");

          expect(found).to.deep.equal(plain);
        }),
      );
    });

    it("takes any text as an id", async function () {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 64 }), async (id) => {
          await store.put("network", id, id);

          const found = await store.get("network", id);

          expect(found).to.equal(id);
        }),
      );
    });

    for (const id of ["__proto__", "constructor", "toString"]) {
      it(`finds nothing under ${id} before it is put`, async function () {
        expect(await store.get("network", id)).to.equal(undefined);
      });
    }

    it("keeps the newest value of an id", async function () {
      await store.put("network", "n1", "old");
      await store.put("network", "n1", "new");

      expect(await store.list("network")).to.deep.equal(["new"]);
    });

    it("keeps the last of several values put at once", async function () {
      await Promise.all([1, 2, 3].map((value) => store.put("network", "n1", value)));

      expect(await store.get("network", "n1")).to.equal(3);
    });

    it("keeps kinds apart", async function () {
      await store.put("network", "x", "a network");
      await store.put("sandbox", "x", "a sandbox");

      await store.delete("network", "x");

      expect(await store.get("network", "x")).to.equal(undefined);
      expect(await store.get("sandbox", "x")).to.equal("a sandbox");
    });

    it("lists all values of a kind, and nothing else", async function () {
      await store.put("endpoint", "a", 1);
      await store.put("endpoint", "b", 2);
      await store.put("network", "c", 3);

      expect(await store.list("endpoint")).to.have.members([1, 2]);
    });

    it("lists nothing of a kind that nobody put", async function () {
      expect(await store.list("sandbox")).to.deep.equal([]);
    });

    it("finds nothing after delete", async function () {
      await store.put("endpoint", "e1", {});

      await store.delete("endpoint", "e1");

      expect(await store.get("endpoint", "e1")).to.equal(undefined);
      expect(await store.list("endpoint")).to.deep.equal([]);
    });

    it("takes the delete of what is not there for success", async function () {
      await store.put("endpoint", "e1", 1);

      await store.delete("endpoint", "e2");

      expect(await store.list("endpoint")).to.deep.equal([1]);
    });

    it("is not changed through the value that was put", async function () {
      const value = { labels: { a: "b" } };
      await store.put("network", "n1", value);

      value.labels.a = "c";

      expect(await store.get("network", "n1")).to.deep.equal({ labels: { a: "b" } });
    });

    it("has its own copy from the moment of the call", async function () {
      const value = { labels: { a: "b" } };
      const put = store.put("network", "n1", value);

      value.labels.a = "c";
      await put;

      expect(await store.get("network", "n1")).to.deep.equal({ labels: { a: "b" } });
    });

    it("is not changed through what it gave back", async function () {
      await store.put("network", "n1", { labels: { a: "b" } });
      const found = (await store.get("network", "n1")) as { labels: { a: string } };
      const [listed] = (await store.list("network")) as [{ labels: { a: string } }];

      found.labels.a = "c";
      listed.labels.a = "d";

      expect(await store.get("network", "n1")).to.deep.equal({ labels: { a: "b" } });
    });

    it("refuses a value that is not JSON", async function () {
      const error = await caught(store.put("network", "n1", undefined as unknown as Json));

      expect(error).to.be.instanceOf(TypeError);
    });

    describe("write", function () {
      it("keeps all of several changes, of any kinds", async function () {
        await store.write(kinds.map((kind) => ({ kind, id: "x", value: `a ${kind}` })));

        const found = await Promise.all(kinds.map((kind) => store.get(kind, "x")));

        expect(found).to.deep.equal(kinds.map((kind) => `a ${kind}`));
      });

      it("takes no changes for success", async function () {
        await store.write([]);

        expect((await store.export()).entries.network).to.deep.equal([]);
      });

      for (const kind of kinds) {
        it(`goes in order: ${kind}`, async function () {
          await store.write([
            { kind, id: "a", value: 1 },
            { kind, id: "a", value: undefined },
            { kind, id: "b", value: undefined },
            { kind, id: "b", value: 2 },
            { kind, id: "b", value: 3 },
          ]);

          expect(await store.get(kind, "a")).to.equal(undefined);
          expect(await store.get(kind, "b")).to.equal(3);
        });

        it(`keeps nothing where one value is no JSON: ${kind}`, async function () {
          await store.put(kind, "old", 1);
          const changes = [
            { kind, id: "new", value: 1 },
            { kind, id: "old", value: undefined },
            { kind, id: "bad", value: (() => 1) as unknown as Json },
            { kind: "controller" as const, id: "c", value: 1 },
          ];

          const error = await caught(store.write(changes));

          expect(error).to.be.instanceOf(TypeError);
          expect(await store.list(kind)).to.deep.equal([1]);
          expect(await store.get("controller", "c")).to.equal(undefined);
        });

        it(`is in the order of the calls: ${kind}`, async function () {
          const other: Kind = kind === "network" ? "endpoint" : "network";
          await Promise.all([
            store.write([
              { kind, id: "x", value: 1 },
              { kind: other, id: "y", value: 1 },
            ]),
            store.write([{ kind, id: "x", value: 2 }]),
            store.put(kind, "x", 3),
            store.write([{ kind: other, id: "y", value: 3 }]),
          ]);

          expect(await store.get(kind, "x")).to.equal(3);
          expect(await store.get(other, "y")).to.equal(3);
        });
      }

      it("has its own copy from the moment of the call", async function () {
        const value = { labels: { a: "b" } };
        const changes: Change[] = [
          { kind: "network", id: "n1", value },
          { kind: "endpoint", id: "e1", value },
        ];
        const written = store.write(changes);

        value.labels.a = "c";
        changes.length = 0;
        await written;

        expect(await store.get("network", "n1")).to.deep.equal({ labels: { a: "b" } });
        expect(await store.get("endpoint", "e1")).to.deep.equal({ labels: { a: "b" } });
      });
    });

    describe("export and import", function () {
      it("export everything by kind", async function () {
        await store.write(kinds.map((kind) => ({ kind, id: `${kind}-1`, value: { kind } })));

        const dump = await store.export();

        expect(dump.schema).to.equal(1);
        expect(dump.entries).to.have.all.keys(kinds);
        for (const kind of kinds) {
          expect(dump.entries[kind]).to.deep.equal([{ id: `${kind}-1`, value: { kind } }]);
        }
      });

      it("export no lease that was deleted", async function () {
        await store.put("lease", "a", 1);
        await store.put("lease", "b", 2);

        await store.delete("lease", "a");

        expect((await store.export()).entries.lease).to.deep.equal([{ id: "b", value: 2 }]);
      });

      it("import instead of what is there", async function () {
        await store.write(kinds.map((kind) => ({ kind, id: "old", value: "old" })));
        const dump = await store.export();
        await store.write(kinds.map((kind) => ({ kind, id: "new", value: "new" })));

        await store.import(dump);

        expect(await store.export()).to.deep.equal(dump);
        expect(await store.list("lease")).to.deep.equal(["old"]);
      });

      it("import before what is written after it", async function () {
        await store.put("endpoint", "e", 1);
        const dump = await store.export();

        await Promise.all([store.import(dump), store.put("endpoint", "e", 2)]);

        expect(await store.get("endpoint", "e")).to.equal(2);
      });

      it("import nothing where one value is no JSON", async function () {
        await store.put("network", "n", 1);
        const dump = await store.export();
        const bad = [{ id: "x", value: undefined as unknown as Json }];

        const error = await caught(
          store.import({ ...dump, entries: { ...dump.entries, sandbox: bad, network: [] } }),
        );

        expect(error).to.be.instanceOf(TypeError);
        expect(await store.list("network")).to.deep.equal([1]);
      });

      it("import no other schema", async function () {
        await store.put("network", "n", 1);
        const dump = await store.export();

        const error = await caught(store.import({ ...dump, schema: 99 }));

        expect(error).to.have.property("code", "ERR_CNM_STORE");
        expect(error).to.have.property("message").that.includes("99");
        expect(await store.list("network")).to.deep.equal([1]);
      });

      it("import no dump without all kinds", async function () {
        const { schema } = await store.export();

        const error = await caught(store.import({ schema, entries: {} as never }));

        expect(error).to.have.property("code", "ERR_CNM_STORE");
      });
    });

    const calls: Record<string, (closed: Store) => Promise<unknown>> = {
      write: (closed) => closed.write([{ kind: "endpoint", id: "e", value: 1 }]),
      export: (closed) => closed.export(),
      import: (closed) => closed.import({ schema: 1, entries: {} as never }),
      put: (closed) => closed.put("network", "n1", 1),
      get: (closed) => closed.get("network", "n1"),
      delete: (closed) => closed.delete("network", "n1"),
      list: (closed) => closed.list("network"),
    };
    for (const [verb, call] of Object.entries(calls)) {
      it(`rejects ${verb} after close`, async function () {
        await store.close();

        const error = await caught(call(store));

        expect(error).to.have.property("code", "ERR_CNM_CLOSED");
      });
    }

    it("may be closed again", async function () {
      await store.close();

      const again = await store.close().then(() => "closed");

      expect(again).to.equal("closed");
    });
  });
}

async function caught(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}
