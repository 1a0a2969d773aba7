import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js'
import type { LatencyFile } from './protocol.js'

/** How long lines were under way, one count for every line that arrived for the first time. */
export interface Latency {
  record(stream: string, latencyMs: number): void
  summary(): LatencyFile
  /** How many were recorded. */
  readonly lines: number
}

export function createLatency(): Latency {
  const streams = new Map<string, Histogram>()
  let lines = 0

  return {
    record(stream, latencyMs) {
      let histogram = streams.get(stream)
      if (!histogram) streams.set(stream, (histogram = createHistogram()))
      // Clocks of two machines may differ by more than a line takes: a negative time is no time.
      lines += 1
      histogram.recordValue(Math.max(0, Math.round(latencyMs)))
    },
    get lines() {
      return lines
    },
    summary() {
      const total = createHistogram()
      for (const histogram of streams.values()) total.add(histogram)
      return {
        streams: Object.fromEntries([...streams].map(([stream, histogram]) => [stream, describe(histogram)])),
        total: total.totalCount === 0 ? null : describe(total),
      }
    },
  }
}

/** Three digits: exact to the millisecond below two seconds, to a thousandth above. */
function createHistogram(): Histogram {
  return build({ bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: 3 })
}

function describe(histogram: Histogram): LatencyFile['streams'][string] {
  return {
    p50: histogram.getValueAtPercentile(50),
    p90: histogram.getValueAtPercentile(90),
    p99: histogram.getValueAtPercentile(99),
    max: histogram.maxValue,
    count: histogram.totalCount,
    histogram: encodeIntoCompressedBase64(histogram),
  }
}
