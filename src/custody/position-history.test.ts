import { expect, test } from 'vitest'
import { createPositionHistory } from './position-history.js'

const at = (inode: number, readBytes: number | null) => ({ path: 'log', inode, readBytes })
const history = (readFromHead = true) => createPositionHistory({ readFromHead })

test('a file that is in the position file was read to there, and no further', () => {
  const positions = history()
  expect(positions.of(7)).toBeUndefined()
  positions.saw([at(7, 100)])
  positions.saw([at(7, 150)])
  expect(positions.of(7)?.()).toEqual({ readBytes: 150, exact: true, skipped: [] })
})

test.each<[string, Parameters<ReturnType<typeof history>['saw']>[0]]>([
  ['was overwritten by that of the next', [at(8, 0)]],
  ['was let go of', [at(7, null)]],
])('a file whose position %s may have been read further', (_, after) => {
  const positions = history()
  positions.saw([at(7, 100)])
  positions.saw(after)
  expect(positions.of(7)?.()).toEqual({ readBytes: 100, exact: false, skipped: [] })
})

test('a file that was rotated while the forwarder was down was not read further', () => {
  const positions = history()
  positions.saw([at(7, 100)])
  positions.writerEnded()
  positions.writerBegan(new Set([8]))
  positions.saw([at(8, 0)])
  expect(positions.of(7)?.()).toEqual({ readBytes: 100, exact: true, skipped: [] })
})

test('a file that was current when the forwarder came back may have been', () => {
  const positions = history()
  positions.saw([at(7, 100)])
  positions.writerEnded()
  positions.writerBegan(new Set([7]))
  positions.saw([at(8, 0)])
  expect(positions.of(7)?.().exact).toBe(false)
})

test('what a forwarder without positions passes over was not read, and what it reads from the head was', () => {
  const passing = history(false)
  passing.saw([at(7, 100)])
  passing.writerEnded()
  passing.lost()
  passing.saw([])
  passing.saw([at(7, 300), at(8, 50)])
  passing.saw([at(7, 400), at(8, 60), at(9, 10)])
  expect(passing.of(7)?.()).toEqual({ readBytes: 400, exact: true, skipped: [[100, 300]] })
  expect(passing.of(8)?.()).toEqual({ readBytes: 60, exact: true, skipped: [[0, 50]] })
  expect(passing.of(9)?.()).toEqual({ readBytes: 10, exact: true, skipped: [] })
  const fromHead = history(true)
  fromHead.saw([at(7, 100)])
  fromHead.lost()
  fromHead.saw([at(7, 300)])
  expect(fromHead.of(7)?.()).toEqual({ readBytes: 300, exact: true, skipped: [] })
})

test('of a file that was removed it keeps on knowing, whatever is told of another with its inode', () => {
  const positions = history()
  positions.saw([at(7, 100)])
  positions.writerEnded()
  const removed = positions.of(7)
  positions.begunAnew(7)
  positions.saw([at(7, 20)])
  expect(removed?.()).toEqual({ readBytes: 100, exact: true, skipped: [] })
  expect(positions.of(7)?.()).toEqual({ readBytes: 20, exact: true, skipped: [] })
})

test('a position that goes back is one of another content', () => {
  const positions = history()
  positions.saw([at(7, 100)])
  const cut = positions.of(7)
  positions.saw([at(7, 20)])
  expect(cut?.().readBytes).toBe(100)
  expect(positions.of(7)?.()).toEqual({ readBytes: 20, exact: true, skipped: [] })
})

test('what a forwarder passes over in a new file with the inode of an old one was not read', () => {
  const positions = history()
  positions.saw([at(7, 100)])
  positions.writerEnded()
  const old = positions.of(7)
  positions.compressed(7)
  positions.saw([at(7, 100)])
  expect(positions.of(7)?.()).toEqual({ readBytes: 0, exact: true, skipped: [] })
  positions.saw([at(7, 150)])
  expect(positions.of(7)?.()).toEqual({ readBytes: 150, exact: true, skipped: [[0, 100]] })
  expect(old?.()).toEqual({ readBytes: 100, exact: true, skipped: [] })
})

test('a new file that is read from its head has nothing passed over', () => {
  const positions = history()
  positions.saw([at(7, 100)])
  positions.begunAnew(7)
  positions.saw([at(7, 0)])
  positions.saw([at(7, 150)])
  expect(positions.of(7)?.()).toEqual({ readBytes: 150, exact: true, skipped: [] })
})

test('a file that a writer has open is read on after it was compressed', () => {
  const positions = history()
  positions.saw([at(7, 100)])
  const old = positions.of(7)
  positions.compressed(7)
  positions.saw([at(7, 150)])
  expect(old?.()).toEqual({ readBytes: 150, exact: true, skipped: [] })
})
