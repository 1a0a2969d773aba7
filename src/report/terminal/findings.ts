import { type Result } from '../../store/result.js'
import {
  capped,
  formatCount,
  formatLines,
  formatRanges,
  heldAt,
  rangeLines,
  type SeqRange,
} from '../format.js'
import { plain } from './style.js'

const most = { ranges: 4, streams: 4, groups: 4 }

/** What was lost, by stream, each followed by where it went. */
export function lost(result: Result): string[] {
  const texts = result.streams
    .filter((stream) => stream.lost > 0)
    .map((stream) => ({
      stream: stream.stream,
      text: `${formatLines(stream.lost)} of ${plain(stream.stream)} on ${plain(stream.node)}${numbered(stream.lostRanges)}`,
    }))
  return explained(texts, result.gone)
}

/** What arrived more than once, by stream, each followed by where the second copies came from. */
export function duplicated(result: Result): string[] {
  const texts = result.streams
    .filter((stream) => stream.duplicated > 0)
    .map((stream) => ({
      stream: stream.stream,
      text: `${copies(stream)} of ${plain(stream.stream)} on ${plain(stream.node)}${numbered(stream.duplicatedRanges)}`,
    }))
  return [...explained(texts, result.duplicates), ...allowance(result)]
}

/** A line that arrived four times has three copies too many: '1,846 surplus copies of 1,340 lines'. */
function copies({ duplicated, duplicatedRanges }: Result['streams'][number]): string {
  const lines = duplicatedRanges.reduce((sum, range) => sum + rangeLines(range), 0)
  return `${formatCount(duplicated)} surplus ${duplicated === 1 ? 'copy' : 'copies'} of ${formatLines(lines)}`
}

export function stranded({ streams }: Result): string[] {
  const texts = streams.flatMap((stream) =>
    stream.strandedAt
      .filter(({ lines }) => lines > 0)
      .map(
        ({ station, lines, ranges, perhaps }) =>
          `${formatLines(lines)} of ${plain(stream.stream)} ${perhaps ? 'perhaps' : 'still'} ${plain(heldAt(station))}${numbered(ranges)}`,
      ),
  )
  return more(texts, most.streams, 'places')
}

/** The first of so many texts, and how many are left out. */
export function more(texts: readonly string[], max: number, what: string): string[] {
  const { shown, rest } = capped(texts, max)
  return rest > 0 ? [...shown, `and ${formatCount(rest)} more ${what}`] : [...shown]
}

interface Group {
  readonly stream: string
  readonly explanation: string
}

/** Each stream with the explanations of its groups; of both only so many in all. */
function explained(
  streams: readonly { readonly stream: string; readonly text: string }[],
  groups: readonly Group[],
): string[] {
  const listed = capped(streams, most.streams)
  const ofListed = listed.shown.flatMap(({ stream }) => groups.filter((group) => group.stream === stream))
  const told = new Set(ofListed.slice(0, most.groups))
  const rest = groups.length - told.size
  return [
    ...listed.shown.flatMap(({ stream, text }) => [
      text,
      ...[...told]
        .filter((group) => group.stream === stream)
        .map(({ explanation }) => `– ${plain(explanation)}`),
    ]),
    ...(listed.rest > 0 ? [`and ${formatCount(listed.rest)} more streams`] : []),
    ...(rest > 0 ? [`and ${formatCount(rest)} more ${rest === 1 ? 'group' : 'groups'}`] : []),
  ]
}

/** Copies look like a defect to who does not know what at-least-once delivery is. */
function allowance({ totals, expectations }: Result): string[] {
  const allowed = expectations.some(({ expected, met }) => met && expected.startsWith('duplicated:'))
  return totals.duplicated > 0 && allowed ? ['allowed here: delivery is at least once'] : []
}

function numbered(ranges: readonly SeqRange[]): string {
  return ranges.length === 0 ? '' : `: ${formatRanges(ranges, most.ranges)}`
}
