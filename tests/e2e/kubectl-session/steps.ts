/**
 * A session at a terminal, call by call, over kinds that every Kubernetes API server has: what a real one answered is in
 * session.golden.txt, and ours must answer the same.
 */
export interface Step {
  /** Without `kubectl`. */
  readonly args: readonly string[]
  readonly input?: string
}

const step = (command: string, input?: string): Step => ({
  args: split(command),
  ...(input === undefined ? {} : { input }),
})

/** Blanks part arguments, but within single quotes. */
function split(command: string): string[] {
  return (command.match(/(?:[^\s']+|'[^']*')+/g) ?? []).map((part) => part.replaceAll("'", ''))
}

const policy = (port: number): string => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: team, labels: {app: web}}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: client}}}]
      ports: [{protocol: TCP, port: ${port}}]
`
const settings = (data: string, extra = ''): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: team${extra}}
data: {${data}}
`
const service = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: team}
spec: {selector: {app: web}, clusterIP: None, ports: [{name: http, port: 80, targetPort: 8080}]}
`
const pod = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: team, labels: {app: web}}
spec: {containers: [{name: main, image: example/web}], nodeName: node-1}
`
const lease = `
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: leader, namespace: team}
spec: {holderIdentity: first, leaseDurationSeconds: 15}
`
const slice = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: team, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.0.0.1]}]
ports: [{name: http, port: 8080, protocol: TCP}]
`

export const steps: readonly Step[] = [
  // Namespaces
  step('create namespace team'),
  step('create namespace team'),
  step('create namespace Bad_Name'),
  step('get namespace team -o name'),
  step('get namespace team -o jsonpath={.status.phase}'),
  step('label namespace team env=prod'),
  step('label namespace team env=prod'),
  step('label namespace team env=test'),
  step('label namespace team env=test --overwrite'),
  step('annotate namespace team note=hello'),
  step('get namespaces -l env=test -o name'),
  step('get namespaces -l env!=test,kubernetes.io/metadata.name=team -o name'),
  step("get namespaces -l 'env in (test, prod)' -o name"),
  step('get namespace nowhere'),
  step('get namespaces --field-selector metadata.name=team -o name'),
  step('get namespaces --field-selector spec.color=red'),
  // ConfigMaps: create, apply, patch, conflicts
  step('apply -f -', settings('a: "1"')),
  step('apply -f -', settings('a: "1"')),
  step('apply -f -', settings('a: "2", b: "3"')),
  step('get configmap settings -n team -o jsonpath={.data}'),
  step('apply -f -', settings('b: "3"')),
  step('get configmap settings -n team -o jsonpath={.data}'),
  step('diff -f -', settings('b: "3"')),
  step('apply -f - --dry-run=server', settings('b: "4"')),
  step('apply -f - --dry-run=client', settings('b: "4"')),
  step('get configmap settings -n team -o jsonpath={.data.b}'),
  step('create -f -', settings('b: "3"')),
  step('replace -f -', settings('c: "5"')),
  step('get configmap settings -n team -o jsonpath={.data}'),
  step(`patch configmap settings -n team --type merge -p '{"data":{"d":"6"}}'`),
  step(`patch configmap settings -n team --type merge -p '{"data":{"d":"6"}}'`),
  step(`patch configmap settings -n team --type json -p '[{"op":"remove","path":"/data/d"}]'`),
  step(`patch configmap settings -n team --type json -p '[{"op":"remove","path":"/data/nope"}]'`),
  step(`patch configmap settings -n team --type json -p '[{"op":"test","path":"/data/c","value":"9"}]'`),
  step(`patch configmap nope -n team --type merge -p '{"data":{"d":"6"}}'`),
  step(`patch configmap settings -n team --type merge -p '{"data":{"bad/key":"x"}}'`),
  step('create configmap made -n team --from-literal=k=v'),
  step('get configmaps -n team -o name'),
  step('create configmap lost -n nowhere --from-literal=k=v'),
  step('apply -f - --server-side', settings('s: "1"', ', labels: {by: server}')),
  step('apply -f - --server-side --field-manager other', settings('s: "2"')),
  step('apply -f - --server-side --field-manager other --force-conflicts', settings('s: "2"')),
  step('get configmap settings -n team -o jsonpath={.data.s}'),
  // NetworkPolicies
  step('apply -f -', policy(80)),
  step('apply -f -', policy(8080)),
  step('get netpol web -n team'),
  step('get networkpolicies.networking.k8s.io web -n team -o jsonpath={.spec.policyTypes}'),
  step('apply -f -', policy(99999)),
  step('apply -f - --validate=false', policy(80).replace('podSelector', 'podSelectr')),
  step('apply -f -', policy(80).replace('podSelector', 'podSelectr')),
  step('apply -f -', policy(80).replace('TCP', 'ICMP')),
  step('delete netpol web -n team --dry-run=server'),
  step('delete netpol web -n team'),
  step('delete netpol web -n team'),
  step('delete netpol web -n team --ignore-not-found'),
  // Services, EndpointSlices, Leases, pods
  step('apply -f -', service),
  step('get service web -n team'),
  step('get svc web -n team -o jsonpath={.spec.type}'),
  step(`patch service web -n team -p '{"spec":{"ports":[{"port":81,"name":"more"}]}}'`),
  step('get svc web -n team -o jsonpath={.spec.ports[*].port}'),
  step(`patch service web -n team -p '{"spec":{"ports":[{"port":81,"$patch":"delete"}]}}'`),
  step(`patch service web -n team -p '{"spec":{"ports":[{"port":82,"name":"Bad_Name"}]}}'`),
  step('apply -f -', slice),
  step('get endpointslices -n team'),
  step('apply -f -', lease),
  step('get leases -n team'),
  step('apply -f -', lease.replace('first', 'second')),
  step('get lease leader -n team -o jsonpath={.spec.holderIdentity}'),
  step('create serviceaccount robot -n team'),
  step('get serviceaccount robot -n team -o name'),
  step('apply -f -', pod),
  step('get pod web -n team'),
  step('get pods -n team --field-selector spec.nodeName=node-1 -o name'),
  step('get pods -n team --field-selector spec.nodeName=node-2'),
  step('wait pod/web -n team --for=jsonpath={.metadata.name}=web --timeout=5s'),
  step('wait pod/web -n team --for=condition=Ready --timeout=1s'),
  step('delete pod web -n team --grace-period=0 --force'),
  step('delete pod web -n team'),
  // All at once
  step('get gadgets'),
  step('get configmaps,services -n team -o name'),
  step('get configmaps -n empty'),
  step('delete configmaps --all -n team'),
  step('get configmaps -n team -o name'),
  step('auth can-i create networkpolicies.networking.k8s.io -n team'),
  step('auth can-i list pods --all-namespaces'),
  step('api-resources --api-group=discovery.k8s.io --namespaced=true -o name'),
  step('explain networkpolicy.spec.policyTypes --api-version=networking.k8s.io/v1 --recursive'),
  step('delete namespace team --wait=false'),
]
