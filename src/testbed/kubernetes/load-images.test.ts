import { expect, test } from 'vitest'
import { fullName } from './load-images.js'

test.each([
  ['debian', 'docker.io/library/debian:latest'],
  ['node:20-bookworm-slim', 'docker.io/library/node:20-bookworm-slim'],
  ['fluent/fluentd:v1.16.11-debian-1.0', 'docker.io/fluent/fluentd:v1.16.11-debian-1.0'],
  ['ghcr.io/someone/something', 'ghcr.io/someone/something:latest'],
  ['localhost/x:1', 'localhost/x:1'],
  ['localhost:5000/a/b:1', 'localhost:5000/a/b:1'],
  ['localhost:5000/b', 'localhost:5000/b:latest'],
  ['debian@sha256:00', 'docker.io/library/debian@sha256:00'],
])('containerd calls %s %s', (image, full) => {
  expect(fullName(image)).toBe(full)
})
