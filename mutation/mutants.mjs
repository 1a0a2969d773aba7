/**
 * Bugs that somebody could make in what counts, finds and judges. Each is a change to one file: `search`, which has to
 * be there exactly once, becomes `replace`. The tests of the file's folder or the self-check have to notice.
 *
 * @typedef {{ id: string, file: string, breaks: string, search: string, replace: string }} Mutant
 */

/** @type {(file: string, mutants: Record<string, [breaks: string, search: string, replace: string]>) => Mutant[]} */
const inFile = (file, mutants) =>
  Object.entries(mutants).map(([id, [breaks, search, replace]]) => ({
    id,
    file: `src/${file}`,
    breaks,
    search,
    replace,
  }))

export const mutants = [
  ...inFile('account/account.ts', {
    'net-lost': [
      'nets lost lines against surplus copies',
      'lost: lost.count,',
      'lost: Math.max(0, lost.count - (arrivals?.account.surplus ?? 0)),',
    ],
    'copies-per-line': [
      'counts a line that arrived three times as one surplus copy',
      'duplicated: arrivals?.account.surplus ?? 0,',
      'duplicated: arrivals?.account.duplicated.count ?? 0,',
    ],
    'indeterminate-lost': [
      'counts indeterminate lines that were never seen as lost',
      'numbers.sent.union(numbers.indeterminate.intersect(seen))',
      'numbers.sent.union(numbers.indeterminate)',
    ],
    'indeterminate-seen': [
      'does not count an unreported line that arrived as sent',
      'numbers.sent.union(numbers.indeterminate.intersect(seen))',
      'numbers.sent',
    ],
    'held-forgotten': [
      'counts lines that are still held as lost',
      'const seen = delivered.union(stranded)',
      'const seen = delivered',
    ],
    'first-station': [
      'puts a line that is held twice at the first station instead of the last',
      'of held.toReversed()',
      'of held',
    ],
    'held-though-delivered': [
      'counts a delivered line that is also in a buffer as stranded',
      'lines.intersect(undelivered).subtract(stranded)',
      'lines.subtract(stranded)',
    ],
    'corrupted-of-no-stream': [
      'forgets damaged arrivals whose stream cannot be told',
      'corrupted: totals.corrupted + arrivals.corruptedOfNoStream,',
      'corrupted: totals.corrupted,',
    ],
    'unexpected-of-no-stream': [
      'forgets lines of another run',
      'unexpected: totals.unexpected + arrivals.unexpectedOfNoStream,',
      'unexpected: totals.unexpected,',
    ],
  }),
  ...inFile('account/sent-ledger.ts', {
    'single-sent': [
      'forgets what an incarnation sent that sent one line',
      'incarnation.sent >= incarnation.nextSeq',
      'incarnation.sent > incarnation.nextSeq',
    ],
    'ended-uncertain': [
      'holds what an emitter reserved before it ended in order for perhaps written',
      'const open = !incarnation.ended && ',
      'const open = ',
    ],
    'report-backwards': [
      'lets a late report take back what was sent',
      'current.sent = Math.max(current.sent, entry.upTo)',
      'current.sent = entry.upTo',
    ],
  }),
  ...inFile('account/arrivals.ts', {
    'unknown-stream-off-by-one': [
      'counts lines of an unknown stream one too few',
      'if (found === undefined) unexpectedOfNoStream += last - first + 1',
      'if (found === undefined) unexpectedOfNoStream += last - first',
    ],
    'corrupted-once': [
      'counts damaged arrivals of a stream once',
      'else found.corrupted++',
      'else found.corrupted = 1',
    ],
  }),
  ...inFile('account/stream-account.ts', {
    'surplus-off-by-one': [
      'counts each run of copies one too few',
      'surplus += overlapLast - overlapFirst + 1',
      'surplus += overlapLast - overlapFirst',
    ],
    'last-first-arrival': [
      'forgets the first arrival of a single line at the end of a run',
      'if (next <= last) arriveFirst',
      'if (next < last) arriveFirst',
    ],
    'reordered-off-by-one': [
      'counts the first line of each run as reordered',
      'Math.max(highest, first - 1)',
      'Math.max(highest, first)',
    ],
    'copy-of-highest': [
      'does not see a copy of the highest line so far',
      'if (first <= highest) {',
      'if (first < highest) {',
    ],
    'never-late': [
      'calls no line late that came in a run of late ones',
      'if (run.emittedAtMsLast < beforeMs) return lines',
      'if (run.emittedAtMsLast < beforeMs) return 0',
    ],
    'late-on-the-edge': [
      'takes the bound of lateness as exclusive',
      'if (run.emittedAtMsFirst >= beforeMs) return 0',
      'if (run.emittedAtMsFirst > beforeMs) return 0',
    ],
    'unknown-numbers': [
      'takes numbers that were never sent for delivered',
      'if (known === undefined) {',
      'if (known !== undefined) {',
    ],
  }),
  ...inFile('account/range-set.ts', {
    'touching-ranges': [
      'keeps ranges that touch apart',
      'first > at(tail.last, tail.size - 1) + 1',
      'first > at(tail.last, tail.size - 1)',
    ],
    'subtract-last': [
      'drops a single number that is left at the end of a range',
      'if (from <= last) result.add(from, last)',
      'if (from < last) result.add(from, last)',
    ],
    'intersect-edge': [
      'drops a range of which only the last number is in the other set',
      'result.add(Math.max(first, their.value[0]), Math.min(last, their.value[1]))',
      'if (their.value[1] > first) result.add(Math.max(first, their.value[0]), Math.min(last, their.value[1]))',
    ],
  }),
  ...inFile('account/trace.ts', {
    'wrong-hop': [
      'takes acknowledged lines for ones that only crossed',
      "lastSeen: seen.direct ? 'wire' : 'aggregator', firstMissing",
      "lastSeen: seen.direct ? 'wire' : 'wire', firstMissing",
    ],
    'traced-twice': [
      'counts a lost line at every station that had it',
      'rest = rest.subtract(here)',
      'rest = rest.subtract(rest.subtract(rest))',
    ],
    'wire-without-tap': [
      'speaks of the wire where there was no tap',
      "seen.crossed === null ? 'destination' : 'wire'",
      "seen.crossed === null ? 'wire' : 'wire'",
    ],
    'removed-logs': [
      'says that a line was never logged although its log was removed',
      "seen.logsWereRemoved ? afterLog : 'node log'",
      "'node log'",
    ],
    'copies-at-both-hops': [
      'blames the aggregator for copies that the forwarder sent',
      'duplicated.subtract(crossedAgain)',
      'duplicated',
    ],
  }),
  ...inFile('account/gaps.ts', {
    'sent-mark-edge': [
      'takes the time of the next report for the last line of one',
      '(marks[middle]?.upTo ?? Infinity) >= seq',
      '(marks[middle]?.upTo ?? Infinity) > seq',
    ],
    'window-open': [
      'lays no gap into the window of a fault that was never healed',
      '(healedAtMs === null || healedAtMs >= fromMs)',
      '(healedAtMs !== null && healedAtMs >= fromMs)',
    ],
  }),
  ...inFile('account/ledger-text.ts', {
    'last-entry': [
      'drops the last entry of a ledger that has no newline after it',
      'if (!lastLineCut) read(line, 0, line.length)',
      'if (lastLineCut) read(line, 0, line.length)',
    ],
    'chunk-edge': [
      'loses what a chunk of a ledger ends with',
      'if (from < chunk.length) pieces.push',
      'if (from > chunk.length) pieces.push',
    ],
  }),
  ...inFile('custody/custody.ts', {
    'read-and-unread-swapped': [
      'takes what was not read for read',
      "[readBytes, 'read'] as",
      "[readBytes, 'unread'] as",
    ],
    'perhaps-is-read': [
      'takes what in_tail may have read for read',
      "perhapsReadBytes ?? 0), 'perhaps'] as",
      "perhapsReadBytes ?? 0), 'read'] as",
    ],
    'passed-over-is-read': ['takes what in_tail passed over for read', "[to, 'skipped'],", "[to, 'read'],"],
    'read-after-all': [
      'does not conclude from what was seen further on that it was read',
      'const upTo = lines.intersect(seenBeyond(stream)).highest',
      'const upTo = Math.min(0, lines.intersect(seenBeyond(stream)).highest)',
    ],
    'gone-is-held': [
      'calls lines held in a file that was removed',
      'if (gone === undefined) held.add(station, found)',
      'if (gone !== null) held.add(station, found)',
    ],
    'gone-forgotten': [
      'does not look into copies of what was removed',
      'formerly: [...logs.formerly, ...former.list()],',
      'formerly: [...logs.formerly],',
    ],
    'first-buffer-file': [
      'ignores the first file of the buffers',
      'of evidence.states) {',
      'of evidence.states.slice(1)) {',
    ],
    'memory-before-files': [
      'puts a line that is in a file into a memory buffer',
      'held: [...memory, ...logs.held, ...held.list()]',
      'held: [...logs.held, ...held.list(), ...memory]',
    ],
    'memory-forgotten': [
      'calls lines lost that may be in a memory buffer',
      'held: [...memory, ...logs.held, ...held.list()]',
      'held: [...logs.held, ...held.list()]',
    ],
    'held-without-positions': [
      'calls unread lines held where nothing would read them any more',
      "kinds: ['unknown']",
      "kinds: ['unread']",
    ],
    'last-log': ['reads all logs but the last', 'of evidence.logs) {', 'of evidence.logs.slice(0, -1)) {'],
  }),
  ...inFile('custody/scan-file.ts', {
    'one-byte-more': ['reads one byte more than it is told', 'end: bytes - 1', 'end: bytes'],
    'never-unpacks': ['does not recognise gzip', 'buffer[1] === 0x8b', 'buffer[1] === 0x8c'],
    'one-range': [
      'keeps only the last run of each stream in a file',
      'if (ranges) ranges.push([first, last])',
      'if (ranges) ranges.splice(0, Infinity, [first, last])',
    ],
  }),
  ...inFile('custody/position-history.ts', {
    'forgets-on-rotation': [
      'takes a position that is no longer in the position file for exact',
      'exact: entry.there || entry.final',
      'exact: true',
    ],
    'dead-writer-reads': [
      'lets a writer that is dead have read on',
      'entry.final ||= entry.there',
      'entry.final ||= false',
    ],
    'never-passes-over': [
      'takes what in_tail passed over without positions for read',
      'const passedOver = blank && ',
      'const passedOver = !blank && ',
    ],
  }),
  ...inFile('custody/cri-joined.ts', {
    'newline-unread': [
      'takes a line for read whose newline was not',
      'while (offset + from > (dividedAt',
      'while (offset + from - 1 > (dividedAt',
    ],
    'newline-kept': [
      'keeps the newline inside of a line that the runtime split',
      'record.subarray(text + 1, -1)',
      'record.subarray(text + 1)',
    ],
    'rest-dropped': [
      'drops the last record where it has no newline',
      'Buffer.concat([...open, rest]) }',
      'Buffer.concat(open) }',
    ],
  }),
  ...inFile('custody/position-file.ts', {
    'decimal-positions': [
      'reads positions as decimal numbers',
      'Number.parseInt(position, 16)',
      'Number.parseInt(position, 10)',
    ],
  }),
  ...inFile('custody/node-log.ts', {
    'let-go-unread': [
      'takes a file that in_tail let go of for unread',
      '(position.readBytes ?? bytes)',
      '(position.readBytes ?? 0)',
    ],
  }),
  ...inFile('marker/collect.ts', {
    'foreign-runs': [
      'joins lines of another run that do not follow each other',
      'before.last === seq - 1',
      'before.last < seq',
    ],
  }),
  ...inFile('marker/scanner.ts', {
    'run-off-by-one': [
      'ends each run one line too late',
      'const last = nextSeq(prediction) - 1',
      'const last = nextSeq(prediction)',
    ],
    'last-run-dropped': [
      'drops the run that is open when the input ends',
      'open.sort((a, b) => a.openedAs - b.openedAs)) closeRun',
      'open.sort((a, b) => a.openedAs - b.openedAs).slice(0, -1)) closeRun',
    ],
    'cut-at-the-end': [
      'does not report a line that the input cuts off',
      "if (body !== undefined) corrupted('truncated', bodyStart, body)",
      'if (body !== undefined) body = undefined',
    ],
    'gap-in-a-run': [
      'takes a line with a higher number for the next one',
      'nextSeq(prediction) !== header.seq',
      'nextSeq(prediction) > header.seq',
    ],
    'end-counted-again': [
      'counts the end of a damaged line as damage of its own',
      'if (!endBelongs)\n',
      'if (!endBelongs || !sink.line)\n',
    ],
  }),
  ...inFile('marker/header.ts', {
    'check-ignored': [
      'believes a damaged header',
      "if (!holds) return 'header'",
      "if (holds === null) return 'header'",
    ],
  }),
  ...inFile('marker/prediction.ts', {
    'payload-ignored': [
      'does not look at the payload of a line that it expected',
      'payloadBytes) !== payloadBytes) return false',
      'payloadBytes) < 0) return false',
    ],
  }),
  ...inFile('verdict/judge.ts', {
    'doubts-pass': [
      'passes a run whatever speaks against the measurement',
      "doubts.length > 0 ? 'inconclusive' : 'pass'",
      "doubts.length > Infinity ? 'inconclusive' : 'pass'",
    ],
    'evidence-ignored': [
      'takes evidence that does not hold for proof',
      'evidence.filter(({ holds }) => !holds)',
      'evidence.filter(({ holds }) => holds === undefined)',
    ],
    'cut-short-fails': [
      'blames the pipeline for what a run that was cut short did not see',
      'judged.cutShort ? [] : ',
      '',
    ],
    'hidden-loss': [
      'lets a loss pass that may hide where nobody could look',
      'if (unmet.length > 0 === otherwise.length > 0) return',
      'if (true) return',
    ],
    'no-evidence': [
      'asks for no evidence at all',
      'if (evidence.length === 0) return',
      'if (evidence.length < 0) return',
    ],
  }),
  ...inFile('verdict/expectations.ts', {
    'lost-before-wrong-station': [
      'counts lost lines by where they were last seen',
      '=> firstMissing === station)',
      '=> firstMissing !== station)',
    ],
    'slow-recovery': ['accepts any time to recover', 'met: recovered && soonEnough,', 'met: recovered,'],
  }),
  ...inFile('verdict/faults.ts', {
    'healing-unproven': [
      'does not ask whether the healing is proven',
      'const evidence = [...fault.evidence, ...event.evidence]',
      'const evidence = [...fault.evidence]',
    ],
  }),
  ...inFile('verdict/explain.ts', {
    'before-the-lines': [
      'blames an end that came before the lines were sent',
      'fromMs === null || atMs + roughMs(atMs, crossedAtMs) >= fromMs)',
      'fromMs === null || atMs >= 0)',
    ],
    'wrong-suspect': [
      'blames the forwarder for what crossed the wire',
      "return ['aggregator']",
      "return ['forwarder']",
    ],
  }),
  ...inFile('analyze/measure.ts', {
    'not-yet-lost': [
      'calls lines lost although the run never drained',
      "events.some(({ type }) => type === 'drain-ended')",
      'true',
    ],
    'torn-ledger': [
      'calls lines lost whose arrival may stand in the part of a ledger that is gone',
      'drained && incomplete.length === 0 ? kept',
      'drained ? kept',
    ],
  }),
  ...inFile('analyze/trace-all.ts', {
    'crossed-is-acknowledged': [
      'takes only what was acknowledged for crossed',
      'wire.crossed(stream)',
      'wire.acknowledged(stream)',
    ],
    'removals-of-others': [
      "looks for the removed logs of other pods than the stream's",
      'event.event.pod === pod,',
      'event.event.pod !== pod,',
    ],
  }),
  ...inFile('analyze/wire.ts', {
    'no-acknowledgement': [
      'forgets acknowledgements',
      'acknowledge(chunks.get(entry.chunk) ?? [])',
      'acknowledge(chunks.get(entry.chunk)?.slice(1) ?? [])',
    ],
    'cut-off-crossed': [
      'takes all of a cut-off message for crossed',
      'cross(entry.crossed,',
      'cross(entry.runs,',
    ],
  }),
  ...inFile('analyze/from-events.ts', {
    'collector-restart': ['does not notice a collector that restarted', 'boots.size > 1', 'boots.size > 2'],
  }),
  ...inFile('analyze/forwarders.ts', {
    'ends-of-teardown': [
      'takes the end of the run for an end of the forwarder',
      'atMs <= untilMs',
      'atMs <= Infinity',
    ],
    'ends-of-warm-up': ['counts ends before the load', 'atMs >= loadMs', 'atMs >= 0'],
  }),
  ...inFile('claims/interval.ts', {
    'one-sided': ['leaves out 5 % at each end', 'const tail = 0.025', 'const tail = 0.05'],
    'hits-left-out': ['takes the hits that were counted for too many', 'atMost(hits - 1,', 'atMost(hits,'],
  }),
  ...inFile('claims/samples.ts', {
    'other-versions': ['takes runs of other versions together', 'return sameVersions &&', 'return'],
    'other-knobs': ['takes runs with other settings together', 'sameKnobs && sameFaults', 'sameFaults'],
    'other-faults': ['takes runs of another timeline together', '&& sameFaults(run, other)', ''],
    'inconclusive-counted': [
      'counts runs that prove nothing',
      "conclusive: runs.filter(({ verdict }) => verdict !== 'inconclusive'),",
      'conclusive: runs,',
    ],
  }),
  ...inFile('claims/figures.ts', {
    'only-newest': [
      'tells the least and the most of one run',
      'max: Math.max(...told)',
      'max: told.at(-1) ?? 0',
    ],
    'untold-is-none': [
      'takes what a run does not tell for nothing that happened',
      '({ blocked }) => blocked && longest',
      '({ blocked = [] }) => longest',
    ],
    'unplaced-losses': [
      'leaves out the runs whose losses nobody can place',
      'told.length === 0 || losing.length < told.length',
      'told.length === 0',
    ],
  }),
  ...inFile('claims/per-fault.ts', {
    'first-time': ['lays all losses on the first time', 'Math.abs(a - atMs) - Math.abs(b - atMs)', 'a - b'],
  }),
  ...inFile('claims/table.ts', {
    'failed-before': ['forgets a run that failed before the newest', 'passed < runs', 'passed < 1'],
  }),
]
