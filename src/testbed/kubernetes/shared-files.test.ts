import { expect, test } from 'vitest'
import { type NodeFiles } from '../contract.js'
import { type Machine } from './machine.js'
import { filesOfMachine } from './shared-files.js'

/** A disk that only says who was asked for what. */
function disk(name: string, asked: string[]): NodeFiles {
  return {
    list: (directory) => {
      asked.push(`${name} lists ${directory}`)
      return Promise.resolve([])
    },
    read: (path) => {
      asked.push(`${name} reads ${path}`)
      return Promise.resolve(undefined)
    },
    copy: (files) => {
      asked.push(...files.map(({ from }) => `${name} copies ${from}`))
      return Promise.resolve()
    },
  }
}

test('what every machine has is asked of the control plane, everything else of the machine itself', async () => {
  const asked: string[] = []
  const machine = { files: disk('worker', asked) } as Machine
  const files = filesOfMachine(machine, { files: disk('control plane', asked) })
  await files.list('/var/lib/gapless-volumes/volumes/pvc-1')
  await files.list('/var/lib/gapless-volumes-of-others')
  await files.read('/var/log/pods/x/0.log')
  await files.copy([
    { from: '/var/lib/gapless-volumes/volumes/pvc-1/buffer/a', to: '/a' },
    { from: '/var/lib/fluentd/b', to: '/b' },
  ])
  expect(asked).toEqual([
    'control plane lists /var/lib/gapless-volumes/volumes/pvc-1',
    'worker lists /var/lib/gapless-volumes-of-others',
    'worker reads /var/log/pods/x/0.log',
    'worker copies /var/lib/fluentd/b',
    'control plane copies /var/lib/gapless-volumes/volumes/pvc-1/buffer/a',
  ])
})
