/** Small objects for tests. */

export const v3 = '/apis/projectcalico.org/v3'
export const inDefault = `${v3}/namespaces/default`

export function tier(name: string, spec: object = { order: 10 }): object {
  return { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name }, spec }
}

export function policy(name: string, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { selector: "app == 'web'", ...spec },
  }
}

export function globalSet(
  name: string,
  metadata: object = {},
  nets: readonly string[] = ['10.0.0.0/8'],
): object {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name, ...metadata },
    spec: { nets },
  }
}

export function namespace(name: string, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...metadata } }
}

export function pod(name: string, space: string, spec: object = {}): object {
  const container = { name: 'main', image: 'server:1', ports: [{ containerPort: 80 }] }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: space },
    spec: { containers: [container], ...spec },
  }
}

export function secret(name: string, more: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default' },
    stringData: { key: name },
    ...more,
  }
}
