import { docker, dockerOutput } from '../../docker/docker.js'
import { runLabel } from '../../docker/owned.js'
import { GaplessError } from '../../errors.js'

const attempts = 5

/**
 * A Docker network of a cluster's own, on which machines can have addresses that they keep: only one whose range was
 * given has such. A free range is what Docker itself would take. Resolves to the addresses that it gives last.
 */
export async function createNetwork(name: string, owner: string): Promise<(machine: number) => string> {
  for (let attempt = 1; ; attempt += 1) {
    const subnet = await freeSubnet(name, owner)
    const { exitCode, stderr } = await docker([
      ...['network', 'create', '--label', `${runLabel}=${owner}`, '--subnet', subnet, name],
    ])
    if (exitCode === 0) return addressesIn(subnet)
    // Somebody else was quicker.
    if (attempt < attempts && /overlap/i.test(stderr)) continue
    throw new GaplessError(`Docker cannot make the network ${name}: ${stderr.trim()}`, {
      code: 'setup-failed',
    })
  }
}

async function freeSubnet(name: string, owner: string): Promise<string> {
  await dockerOutput(['network', 'create', '--label', `${runLabel}=${owner}`, name])
  const format = '{{range .IPAM.Config}}{{.Subnet}} {{end}}'
  const subnets = await dockerOutput(['network', 'inspect', '--format', format, name])
  await dockerOutput(['network', 'rm', name])
  return subnets.split(' ').find((subnet) => /^[\d.]+\/\d+$/.test(subnet)) ?? ''
}

/** Collector and tap get the first ones, from Docker. */
const firstHost = 100

function addressesIn(subnet: string): (machine: number) => string {
  const network = subnet.replace(/\.\d+\/\d+$/, '')
  return (machine) => `${network}.${String(firstHost + machine)}`
}
