import { expect, it } from 'vitest'
import type { PodSpec, VolumeSpec } from '../contract.js'
import { checkPodSpec } from './pod-spec.js'

const spec: PodSpec = {
  name: 'forwarder-1',
  namespace: 'logging',
  role: 'forwarder',
  node: 'node-1',
  container: 'fluentd',
  command: ['fluentd'],
  env: {},
  files: { '/etc/fluent.conf': '' },
  volumes: [{ name: 'log', mountPath: '/var/log', source: { type: 'hostPath', path: '/var/log' } }],
  terminationGracePeriodSeconds: 30,
  restartPolicy: 'Always',
}

it('takes a pod that can be run', () => {
  expect(() => checkPodSpec(spec)).not.toThrow()
})

const at = (mountPath: string): VolumeSpec => ({ name: 'v', mountPath, source: { type: 'emptyDir' } })

it.each<[Partial<PodSpec>, string]>([
  [{ name: 'Forwarder' }, 'name'],
  [{ command: [] }, 'command'],
  [{ files: { '/etc/../../x': '' } }, '"/etc/../../x" is not an absolute path'],
  [{ files: { 'etc/x': '' } }, '"etc/x" is not an absolute path'],
  [{ volumes: [at('/')] }, '"/" is not an absolute path'],
  [{ volumes: [at('/a'), at('/a/b')] }, 'the volume at /a/b/ lies in the one at /a/'],
  [{ volumes: [at('/a'), at('/a/')] }, 'lies in the one at'],
  [
    { volumes: [{ name: 'v', mountPath: '/v', source: { type: 'hostPath', path: '/../x' } }] },
    '"/../x" is not an absolute path',
  ],
  [
    {
      volumes: [{ name: 'v', mountPath: '/v', source: { type: 'persistentVolumeClaim', claimName: '../x' } }],
    },
    '"../x" is no name for a volume claim',
  ],
])('refuses %j', (change, message) => {
  expect(() => checkPodSpec({ ...spec, ...change })).toThrow(message)
})
