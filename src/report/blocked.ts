import { type Result } from '../store/result.js'
import { formatDuration } from './format.js'

/** "Applications on node-1 could not write for 4.9 s at a time, …", a sentence for each node; [] where all could. */
export function describeBlocked({ blocked = [] }: Pick<Result, 'blocked'>): string[] {
  return blocked.map(({ node, times, longestMs, totalMs }) => {
    const who = `Applications on ${node} could not write to their log`
    return times === 1
      ? `${who} for ${formatDuration(longestMs)}.`
      : `${who} ${String(times)} times, for up to ${formatDuration(longestMs)}, ${formatDuration(totalMs)} in all.`
  })
}
