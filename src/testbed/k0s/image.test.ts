import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { fetchK0s, isPath, k0sImage, machineImage } from './image.js'

const template = 'k0sproject/k0s:{version}'

test.each([
  ['v1.33.1+k0s.0', 'k0sproject/k0s:v1.33.1-k0s.0'],
  ['v1.33.1-k0s.0', 'k0sproject/k0s:v1.33.1-k0s.0'],
  ['1.33.1+k0s.0', 'k0sproject/k0s:v1.33.1-k0s.0'],
])('%s comes from %s', (version, image) => {
  expect(k0sImage(version, template)).toBe(image)
  expect(isPath(version)).toBe(false)
})

test('a path where nothing is is refused before Docker is asked for anything', async () => {
  const { signal } = new AbortController()
  await expect(machineImage('./no/k0s', template, { signal })).rejects.toThrow(
    '--k0s: ./no/k0s cannot be read',
  )
})

test('a file that is no program is refused before anything is made', async () => {
  const { signal } = new AbortController()
  const path = fileURLToPath(import.meta.url)
  await expect(fetchK0s(path, template, '--upgrade-to', { signal })).rejects.toThrow(
    `--upgrade-to: ${path} is no program for Linux`,
  )
})
