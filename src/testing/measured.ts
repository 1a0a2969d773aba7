import { type Result, type Verdict } from '../store/result.js'

/** What a result says of the lines that were lost; the rest is as of any run that measured the claim X1. */
export function measured(
  variant: string | null,
  verdict: Verdict,
  startedAtMs: number,
  {
    lost = 0,
    stranded = 0,
    ...more
  }: Partial<Result> & { readonly lost?: number; readonly stranded?: number } = {},
): Result {
  return {
    id: `run-${String(startedAtMs)}`,
    scenario: 'rain',
    variant,
    profile: 'hardened',
    testbed: 'local',
    claims: ['X1'],
    knobs: { 'forwarder.buffer': 'file' },
    verdict,
    startedAtMs,
    reasons: ['too dry'],
    versions: { gapless: '0.1.0', fluentd: '1.16.11', node: '20.19.0' },
    expectations: [
      { expected: 'lost: none', found: String(lost), met: lost === 0 },
      { expected: 'corrupted: none', found: '0', met: true },
      { expected: 'duplicated: any number', found: '3', met: true },
    ],
    latencyMs: null,
    totals: { sent: 1000, lost, stranded, duplicated: 3 },
    faults: [],
    gaps: [],
    gone: lost > 0 ? [{ lastSeen: 'forwarder', firstMissing: 'wire' }] : [],
    duplicates: [{ hop: 'forwarder → aggregator' }],
    ...more,
  } as unknown as Result
}

/** A fault of a result: what was broken, when it was to be, and when it was. */
export function injected(
  description: string,
  condition: string,
  injectedAtMs: number,
  repeatedAtMs?: readonly number[],
): Result['faults'][number] {
  return {
    id: `${description} at ${String(injectedAtMs)}`,
    kind: 'kill',
    target: 'node-1',
    description,
    condition,
    injectedAtMs,
    healedAtMs: null,
    ...(repeatedAtMs && { repeatedAtMs: [...repeatedAtMs] }),
    proven: true,
    evidence: [],
  }
}

/** A gap of lost lines of a result, sent at a time. */
export function lostAt(emittedFromMs: number | null): Result['gaps'][number] {
  return {
    stream: 's00',
    kind: 'lost',
    range: [1, 2],
    emittedFromMs,
    emittedToMs: emittedFromMs,
    during: null,
  }
}
