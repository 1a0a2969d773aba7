import { type KubernetesAccess } from '../../testbed/contract.js'
import { type Machine } from '../../testbed/kubernetes/machine.js'
import { nodeObject } from './nodes.js'
import { startUnit, unitState } from './units.js'

/**
 * One that is not registered any more usually gets another range of pod addresses when it registers. What its network agent
 * wrote for the old range is taken away, before kubelet starts pods by it: agents write it anew.
 */
export async function powerOn(machine: Machine, access: KubernetesAccess): Promise<void> {
  if ((await machine.state()) !== 'exited') return
  const registered = (await nodeObject(access, machine)) !== undefined
  await machine.start()
  if (!registered) await forgetAddresses(machine)
}

/** The same of a machine that is on. Does nothing where kubelet runs. */
export async function startKubelet(machine: Machine, access: KubernetesAccess): Promise<void> {
  if ((await machine.state()) !== 'running' || (await unitState(machine, 'kubelet')).active === 'active')
    return
  if ((await nodeObject(access, machine)) === undefined) await forgetAddresses(machine)
  await startUnit(machine, 'kubelet')
}

async function forgetAddresses(machine: Machine): Promise<void> {
  await machine.exec(['sh', '-c', forget])
}

/**
 * A bridge of pods that has the former range's address gets no other one from its plugin, which would start no pod any
 * more. The address moves to the machine itself, so that pods which run on keep their way out until they end.
 */
const forget = `
for bridge in $(grep -hos '"bridge" *: *"[^"]*"' /etc/cni/net.d/* | cut -d'"' -f4); do
  ip -4 route show dev "$bridge" proto kernel 2>/dev/null | while read -r range _ _ _ address _; do
    ip address delete "$address/\${range#*/}" dev "$bridge"
    ip address replace "$address/32" dev lo
    ip route replace "$range" dev "$bridge" src "$address"
  done
done
rm -f /etc/cni/net.d/*`
