// Draws a network with the sandboxes that are on it.
import type { Endpoint, Network } from "vethwork";

export function drawNetwork(network: Network, endpoints: readonly Endpoint[]): string {
  const columns = endpoints.map((endpoint) => [
    `sandbox ${endpoint.sandbox?.name ?? "-"}`,
    `${endpoint.ifname ?? "-"}  ${endpoint.mac}`,
    ...endpoint.addresses.map((address) => `      ${address}`),
    "  |  veth pair",
    endpoint.hostIfname ?? "-",
    "  |",
  ]);
  const width = 34;
  const height = Math.max(...columns.map((lines) => lines.length));
  const rows = Array.from({ length: height }, (_, row) =>
    columns
      .map((lines) => (lines[row] ?? "").padEnd(width))
      .join("")
      .trimEnd(),
  );
  const { bridge } = network.inspect().state as { bridge: string };
  const gateways = network.subnets.map(({ gateway }) => gateway ?? "").join("  ");
  const title = ` bridge ${bridge}  ${gateways} `;
  const bar = title.padEnd(width * endpoints.length - 8, "=");
  return [...rows, `==${bar}`, `   network ${network.name}  (driver ${network.driver})`]
    .map((row) => `    ${row}`)
    .join("\n");
}
