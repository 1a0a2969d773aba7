import { expect, test } from 'vitest'
import { fluentdImage } from './images.js'

const template = 'fluent/fluentd:v{version}-debian-1.0'

test.each([
  ['1.13.1', '1.13.1', 'fluent/fluentd:v1.13.1-debian-1.0'],
  ['v1.13.1', '1.13.1', 'fluent/fluentd:v1.13.1-debian-1.0'],
  ['fluent/fluentd:v1.19.0-debian-1.2', '1.19.0', 'fluent/fluentd:v1.19.0-debian-1.2'],
  ['registry.example:5000/logs/fluentd:edge', 'edge', 'registry.example:5000/logs/fluentd:edge'],
  ['registry.example:5000/logs/fluentd', 'latest', 'registry.example:5000/logs/fluentd'],
])('%s is version %s in %s', (requested, version, image) => {
  expect(fluentdImage(requested, template)).toEqual({ version, image })
})

test('nobody asks for a version', () => {
  expect(fluentdImage(undefined, 'own/fluentd:{version}').image).toMatch(/^own\/fluentd:\d+\.\d+\.\d+$/)
})
