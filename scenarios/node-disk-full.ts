import { after, any, at, defineScenario, node, none, sent, some } from 'gapless'

export default defineScenario({
  name: 'node-disk-full',
  proves:
    'While the disk of a node is full, what its applications write does not even get into the node log.',
  needs: ['kubernetes'],
  load: { lines: 3000, linesPerSecond: 100 },
  knobs: { 'node.diskSize': '32m' },
  timeline: [at(sent(1000), node('node-1').fillDisk()), after('5s', node('node-1').freeDisk())],
  expect: {
    lost: some,
    lostBefore: { 'node log': some },
    nodes: { 'node-2': { lost: none } },
    // A line of which only the beginning still fitted.
    corrupted: any,
  },
})
