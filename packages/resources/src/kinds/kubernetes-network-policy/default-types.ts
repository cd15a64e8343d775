interface Spec {
  egress?: unknown[]
}

/** Ingress, and Egress if there are egress rules. Source: Kubernetes API defaults; spec/api.md I11. */
export function inferKubernetesTypes({ egress = [] }: Spec): ('Ingress' | 'Egress')[] {
  return egress.length === 0 ? ['Ingress'] : ['Ingress', 'Egress']
}
