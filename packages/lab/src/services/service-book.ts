/** The services of a lab's nodes, and what is known of their addresses. */
import type { LabNode } from '../members.ts'
import { ipKey } from '../syscalls/sockaddr.ts'
import type { NodeServices } from './service-rules.ts'
import type { Backend, NodePortSpec, ServiceProtocol, ServiceSpec } from './service-spec.ts'

export class ServiceBook {
  readonly #byNode = new Map<string, NodeServices>()

  /** What a node has, with one more. */
  withService(node: LabNode, spec: ServiceSpec): NodeServices {
    const { services, nodePorts } = this.#of(node)
    return { services: [...services, spec], nodePorts }
  }

  withNodePort(node: LabNode, spec: NodePortSpec): NodeServices {
    const { services, nodePorts } = this.#of(node)
    return { services, nodePorts: [...nodePorts, spec] }
  }

  keep(node: LabNode, services: NodeServices): void {
    this.#byNode.set(node.name, services)
  }

  /** The backends behind an address and port, of whichever node; undefined when it is no service. */
  backendsOf(
    protocol: ServiceProtocol,
    ip: string,
    port: number,
    node: LabNode | undefined,
  ): readonly Backend[] | undefined {
    const isAt = (each: { readonly protocol: ServiceProtocol; readonly port: number }) =>
      each.protocol === protocol && each.port === port
    const services = [...this.#byNode.values()].flatMap((each) => each.services)
    const service = services.find((each) => isAt(each) && ipKey(each.ip) === ipKey(ip))
    const nodePorts = node === undefined ? [] : this.#of(node).nodePorts
    return (service ?? nodePorts.find(isAt))?.backends
  }

  #of(node: LabNode): NodeServices {
    return this.#byNode.get(node.name) ?? { services: [], nodePorts: [] }
  }
}
