import { defaultStateDirectory } from '@margay/lab'

export interface LabPaths {
  /** The database, certificates and kubeconfig of the lab's API server. */
  readonly dataDirectory: string
  /** The administrator's. */
  readonly kubeconfig: string
  /** Of a node's agent, by the name of the node. */
  readonly nodeKubeconfig: (node: string) => string
  /** What must outlive a node's agent. */
  readonly nodeState: (node: string) => string
  /** Where the lab says which namespaces are its own. */
  readonly stateDirectory: string
}

export const defaultLabName = 'demo'

/** Everything of a lab stands below the run directory, so that another terminal finds it by its name alone. */
export function labPaths(name: string, stateDirectory = defaultStateDirectory): LabPaths {
  const dataDirectory = `${stateDirectory}/${name}.api`
  return {
    stateDirectory,
    dataDirectory,
    kubeconfig: `${dataDirectory}/kubeconfig`,
    nodeKubeconfig: (node) => `${dataDirectory}/${node}.kubeconfig`,
    nodeState: (node) => `${dataDirectory}/${node}.state`,
  }
}
