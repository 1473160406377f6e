import type { Json, Store } from "#lib/store/contract.js";
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

    const calls: Record<string, (closed: Store) => Promise<unknown>> = {
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
