import { expect, test } from 'vitest'
import { GaplessError } from '../../errors.js'
import { checkInotify, complaintIn, outOfInotify } from './inotify.js'

const command = 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288'

test.each([
  [128, 524_288, '128 instances, 524,288 watches, few for several nodes'],
  [512, 8192, '512 instances, 8,192 watches, few for several nodes'],
])('%i instances and %i watches are worth a warning, and no more', (instances, watches, found) => {
  expect(checkInotify({ instances, watches })).toEqual([
    { what: 'inotify', ok: true, warning: true, found, remedy: command },
  ])
})

test('as many as are advised are enough', () => {
  expect(checkInotify({ instances: 512, watches: 524_288 })).toEqual([
    { what: 'inotify', ok: true, found: '512 instances, 524,288 watches' },
  ])
})

test.each([
  ['Failed to create control group inotify object: Too many open files'],
  ['E0101 kubelet: inotify_init: too many open files'],
  ['failed to add inotify watch: no space left on device'],
])('%s', (line) => {
  expect(complaintIn(`Detected virtualization docker.\n  ${line}\nExiting PID 1...`)).toBe(line)
})

test('a disk that is full is not to blame on it', () => {
  expect(complaintIn('write /var/log/syslog: no space left on device')).toBeUndefined()
})

test('the error says what failed, which machine said why, and what to do', () => {
  const error = new GaplessError('kind failed: no node came up', { code: 'timeout', command: 'kind create' })
  expect(outOfInotify(error, 'gapless-worker2', 'Too many open files')).toMatchObject({
    message: 'kind failed: no node came up\ngapless-worker2 says: Too many open files',
    code: 'timeout',
    hint: `Let nodes have more of inotify: ${command}`,
    command: 'kind create',
    cause: error,
  })
  expect(outOfInotify(new Error('gone'), 'x', 'Too many open files')).toMatchObject({ code: 'setup-failed' })
})
