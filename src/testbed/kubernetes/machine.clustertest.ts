import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestNodes, testKubeconfig } from '../../testing/cluster.js'
import type { Machine } from './machine.js'

const base = '/var/tmp/gapless machine test'
const awkward = `${base}/it's a "name"/$HOME;\`x\`\n.log`

describe.skipIf(testKubeconfig === undefined)('a machine', () => {
  let machine: Machine
  let directory = ''

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gapless machine '))
    machine = (await openTestNodes()).machines[1]!
    await machine.exec(['mkdir', '-p', `${base}/it's a "name"`, `${base}/empty`])
    await write(`${base}/b.log`, 'bbb\n')
    await write(awkward, 'é\n')
    await machine.exec(['ln', `${base}/b.log`, `${base}/hard`])
    await machine.exec(['ln', '-s', `${base}/b.log`, `${base}/soft`])
  })

  afterAll(async () => {
    await machine.start()
    await machine.exec(['rm', '-rf', base])
    await rm(directory, { recursive: true })
  })

  async function write(path: string, text: string): Promise<void> {
    await machine.exec(['tee', path], { input: text })
  }

  it('runs programs without a shell, and tells how they ended', async () => {
    expect(await machine.exec(['echo', '$HOME', "it's", ''])).toEqual({
      exitCode: 0,
      stdout: "$HOME it's \n",
      stderr: '',
    })
    expect(await machine.exec(['cat'], { input: 'in\n' })).toMatchObject({ stdout: 'in\n' })
    expect(await machine.exec(['false'], { allowFailure: true })).toMatchObject({ exitCode: 1 })
    await expect(machine.exec(['ls', '/no such'])).rejects.toThrow(
      /^node-2: `ls '\/no such'` ended with status 2: ls: cannot access '\/no such': No such file or directory$/,
    )
    await expect(machine.exec(['no-such-program'], { allowFailure: true })).rejects.toThrow('no-such-program')
    await expect(machine.exec(['sleep', '60'], { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' })
  })

  it('lists, reads and copies files, whatever their names are', async () => {
    await checkFiles()
  })

  it('does so while it is off, and finds the same inodes', async () => {
    const inodes = (await machine.files.list(base)).map((file) => file.inode)
    const address = machine.address
    await machine.kill()
    await machine.kill()
    expect(await machine.state()).toBe('exited')
    await expect(machine.exec(['true'], { allowFailure: true })).rejects.toThrow('node-2: the machine is off')
    await checkFiles()
    expect((await machine.files.list(base)).map((file) => file.inode)).toEqual(inodes)
    await expect(machine.files.read('/etc/hostname')).rejects.toThrow(
      'cannot be read while the machine is off',
    )
    await machine.start()
    expect(await machine.state()).toBe('running')
    expect(machine.address).toBe(address)
    await checkFiles()
  })

  it('copies 100 MB, byte for byte', async () => {
    await machine.exec(['sh', '-c', 'head -c 100000000 /dev/urandom > "$0"', `${base}/large`])
    const there = await machine.exec(['sha256sum', `${base}/large`])
    await machine.files.copy([{ from: `${base}/large`, to: join(directory, 'large') }])
    await machine.exec(['rm', `${base}/large`])
    const here = createHash('sha256').update(await readFile(join(directory, 'large')))
    expect(there.stdout.split(' ')[0]).toBe(here.digest('hex'))
  })

  it('copies a thousand files at once', async () => {
    await machine.exec([
      'sh',
      '-c',
      'mkdir "$0"; for i in $(seq 1000); do echo $i > "$0/$i"; done',
      `${base}/many`,
    ])
    const files = await machine.files.list(`${base}/many`)
    const to = join(directory, randomBytes(4).toString('hex'))
    await machine.files.copy(files.map(({ path }) => ({ from: path, to: join(to, path.split('/').at(-1)!) })))
    await machine.exec(['rm', '-r', `${base}/many`])
    expect((await readdir(to)).length).toBe(1000)
    expect(await readFile(join(to, '731'), 'utf8')).toBe('731\n')
  })

  async function checkFiles(): Promise<void> {
    const files = await machine.files.list(base)
    expect(files.map(({ path, bytes }) => [path, bytes])).toEqual([
      [`${base}/b.log`, 4],
      [`${base}/hard`, 4],
      [awkward, 3],
    ])
    expect(files[0]?.inode).toBe(files[1]?.inode)
    expect(await machine.files.list(`${base}/none`)).toEqual([])
    expect(await machine.files.list(`${base}/empty`)).toEqual([])
    expect(await machine.files.read(awkward)).toBe('é\n')
    expect(await machine.files.read(`${base}/none`)).toBeUndefined()
    const to = join(directory, randomBytes(4).toString('hex'))
    await machine.files.copy([
      { from: `${base}/b.log`, to: join(to, 'deep', 'b') },
      { from: `${base}/none`, to: join(to, 'none') },
      { from: `${base}/hard`, to: join(to, 'hard') },
      { from: awkward, to: join(to, 'awkward') },
      { from: `${base}/b.log`, to: join(to, 'again') },
    ])
    expect((await readdir(to)).sort()).toEqual(['again', 'awkward', 'deep', 'hard'])
    expect(await readFile(join(to, 'deep', 'b'), 'utf8')).toBe('bbb\n')
    expect(await readFile(join(to, 'hard'), 'utf8')).toBe('bbb\n')
    expect(await readFile(join(to, 'again'), 'utf8')).toBe('bbb\n')
    expect(await readFile(join(to, 'awkward'), 'utf8')).toBe('é\n')
  }
})
