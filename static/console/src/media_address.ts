// Which of the addresses that a browser finds can stand in what the phone says of itself.

// A line of RFC 8839, 5.1: foundation, component, transport, priority, address, port, kind.
const CANDIDATE = /^candidate:\S+ \d+ udp \d+ (\S+) \d+ typ /i;

// Whether a description with nothing but this candidate names an address. On a busy machine the one
// over TCP comes first, and a name (.local) stands for an address that is not told: the description
// then says 0.0.0.0, which Asterisk takes for hold, and neither side hears the other.
export function isAddress(candidate: string): boolean {
  const [, address] = CANDIDATE.exec(candidate) ?? [];
  return address !== undefined && !address.endsWith(".local");
}
