import { endBytes, headerBytes, isRunToken, payloadOffset, startText, tablePeriodBytes } from './format.js'
import { createIdentifier, findDamage, isOfLine, readHeader, type Header } from './header.js'
import { matchingEnd, matchingPayload } from './payload.js'
import {
  acceptPredicted,
  createPrediction,
  lastEmittedAtMs,
  nextSeq,
  predictAfter,
  streamWordAt,
  wordOfStream,
  type Prediction,
} from './prediction.js'
import { findStartOrEnd, isStartAt } from './search.js'
import type { Damage, MarkerScanner, MarkerSink } from './sink.js'

/** Finds the lines of a run in whatever surrounds them. Costs time linear in the bytes, whatever they are. */
export function createScanner(run: string, sink: MarkerSink): MarkerScanner {
  if (!isRunToken(run)) throw new RangeError(`a run token is eight of 0-9a-z, not ${JSON.stringify(run)}`)
  const identify = createIdentifier(run)
  const predictions = new Map<number, Prediction>()
  let current = createPrediction({ run, stream: '???', value: 0 })
  let runsOpened = 0

  /** Bytes of earlier chunks that may begin a start, a header or an end; then the first bytes of the next chunk. */
  const edge = new Uint8Array(2 * headerBytes)
  const edgeView = new DataView(edge.buffer)
  let edgeBytes = 0
  /** Where, in the input, byte 0 of the view is that is being looked at. */
  let viewOffset = 0
  let ending = false

  /** The line whose header was read and whose payload and end are still to come, from byte `bodyDone` of them. */
  let body: Header | undefined
  let bodyStart = 0
  let bodyDone = 0
  let bodyTableOffset = 0
  const bodyHeader = new DataView(new ArrayBuffer(headerBytes))
  /** A damaged line was reported and its end, if it has one, has not come yet. */
  let endBelongs = false

  function corrupted(reason: Damage['reason'], offset: number, header?: Header): void {
    endBelongs = true
    sink.corrupted({ reason, stream: header?.identity.stream ?? null, seq: header?.seq ?? null, offset })
  }

  function closeRun(prediction: Prediction): void {
    prediction.open = false
    const last = nextSeq(prediction) - 1
    sink.run(
      prediction.stream,
      prediction.first,
      last,
      prediction.emittedAtMsFirst,
      lastEmittedAtMs(prediction),
    )
  }

  function openRun(prediction: Prediction, first: number, emittedAtMs: number): void {
    prediction.open = true
    prediction.openedAs = runsOpened++
    prediction.first = first
    prediction.emittedAtMsFirst = emittedAtMs
  }

  function acceptBody(header: Header): void {
    const word = wordOfStream(header.identity.stream)
    let prediction = predictions.get(word)
    if (prediction === undefined) {
      prediction = createPrediction(header.identity)
      predictions.set(word, prediction)
    }
    if (prediction.open && nextSeq(prediction) !== header.seq) closeRun(prediction)
    if (!prediction.open) openRun(prediction, header.seq, header.emittedAtMs)
    predictAfter(prediction, header, bodyHeader, 0)
    current = prediction
    endBelongs = false
    giveOut(prediction, bodyStart)
  }

  function giveOut(prediction: Prediction, offset: number): void {
    sink.line?.({
      stream: prediction.stream,
      seq: nextSeq(prediction) - 1,
      emittedAtMs: lastEmittedAtMs(prediction),
      offset,
      lineBytes: prediction.lineBytes,
    })
  }

  /** Compares the payload and end under way with the bytes from `at` on; returns where to look on, or -1 if all matched so far. */
  function continueBody(header: Header, view: DataView, from: number, to: number): number {
    let at = from
    const { payloadBytes } = header
    if (bodyDone < payloadBytes) {
      const part = Math.min(payloadBytes - bodyDone, to - at)
      const matching = matchingPayload(view, at, (bodyTableOffset + bodyDone) % tablePeriodBytes, part)
      bodyDone += matching
      at += matching
    }
    if (bodyDone >= payloadBytes) {
      const matching = matchingEnd(view, at, to, bodyDone - payloadBytes)
      bodyDone += matching
      at += matching
    }
    if (bodyDone === payloadBytes + endBytes) {
      body = undefined
      acceptBody(header)
      return at
    }
    if (at === to) return -1
    body = undefined
    corrupted(isOfLine(view.getUint8(at)) ? 'payload' : 'truncated', bodyStart, header)
    return at
  }

  /** Reads the header at a start; returns where to look on, or `at` if more bytes are needed. */
  function readStart(view: DataView, at: number, to: number): number {
    if (at + headerBytes > to) {
      if (!ending) return at
      corrupted(findDamage(view, at, to) ?? 'truncated', viewOffset + at)
      return at + startText.length
    }
    const header = readHeader(view, at, identify)
    if (typeof header === 'string') {
      corrupted(header, viewOffset + at)
      return at + startText.length
    }
    if (header.identity.run !== run) {
      endBelongs = true
      const { identity, seq } = header
      sink.foreign({ run: identity.run, stream: identity.stream, seq, offset: viewOffset + at })
    } else {
      body = header
      bodyStart = viewOffset + at
      bodyDone = 0
      bodyTableOffset = payloadOffset(header.identity.value, header.seq | 0)
      for (let place = 0; place < headerBytes; place++) bodyHeader.setUint8(place, view.getUint8(at + place))
    }
    return at + headerBytes
  }

  /** Looks at [from, to) of a view; returns the first offset whose bytes have to be looked at again with more. */
  function advance(view: DataView, from: number, to: number): number {
    let at = from
    let gapBytes = 1
    for (;;) {
      if (body !== undefined) {
        const next = continueBody(body, view, at, to)
        if (next < 0) return to
        at = next
      }
      let found = at + gapBytes
      // Fewer than nine bytes between two lines hold neither a start nor an end, and need not be searched.
      if (gapBytes >= 9 || found + headerBytes > to || !isStartAt(view, found)) {
        found = findStartOrEnd(view, at, to)
        if (found < 0) return -1 - found
        if (view.getUint8(found) !== 64) {
          if (!endBelongs)
            sink.corrupted({ reason: 'header', stream: null, seq: null, offset: viewOffset + found })
          endBelongs = false
          at = found + endBytes
          continue
        }
        gapBytes = found - at
      }
      if (found + headerBytes <= to) {
        const word = view.getInt32(found + streamWordAt, true)
        if (word !== current.word) current = predictions.get(word) ?? current
        if (
          found + current.lineBytes <= to &&
          current.lineBytes > 0 &&
          acceptPredicted(current, view, found)
        ) {
          if (!current.open) openRun(current, nextSeq(current) - 1, lastEmittedAtMs(current))
          endBelongs = false
          if (sink.line !== undefined) giveOut(current, viewOffset + found)
          at = found + current.lineBytes
          continue
        }
      }
      at = readStart(view, found, to)
      if (at === found) return at
    }
  }

  return {
    scan(chunk) {
      let from = 0
      if (edgeBytes > 0) {
        const taken = Math.min(chunk.length, edge.length - edgeBytes)
        edge.set(taken === chunk.length ? chunk : chunk.subarray(0, taken), edgeBytes)
        const available = edgeBytes + taken
        const done = advance(edgeView, 0, available)
        if (done < edgeBytes) {
          // Only a chunk shorter than a header leaves bytes of earlier ones undecided.
          edge.copyWithin(0, done, available)
          edgeBytes = available - done
          viewOffset += done
          return
        }
        from = done - edgeBytes
        viewOffset += edgeBytes
        edgeBytes = 0
      }
      const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      const done = advance(view, from, chunk.length)
      edge.set(chunk.subarray(done), 0)
      edgeBytes = chunk.length - done
      viewOffset += done
    },
    end() {
      ending = true
      advance(edgeView, 0, edgeBytes)
      if (body !== undefined) corrupted('truncated', bodyStart, body)
      const open = Array.from(predictions.values()).filter((prediction) => prediction.open)
      for (const prediction of open.sort((a, b) => a.openedAs - b.openedAs)) closeRun(prediction)
      ending = false
      body = undefined
      endBelongs = false
      edgeBytes = 0
      viewOffset = 0
    },
  }
}
