/**
 * One running Bicep CLI for many parameter sets: starting it costs more than evaluating. It speaks JSON-RPC 2.0 with a
 * Content-Length header before each message, as language servers do.
 */
import { spawn } from 'node:child_process'
import type { BicepCli } from './bicep-cli.ts'

export interface BicepRpc {
  /** Evaluates one parameter file. Rejects where the compiler refuses it. */
  snapshot(parametersFile: string): Promise<string>
  /** What the compiler and the linter say of one file. */
  diagnostics(file: string): Promise<readonly string[]>
  close(): void
}

/** Where nothing is deployed: the same invented subscription and tenant every time, so that names stay the same. */
const metadata = {
  tenantId: '00000000-0000-0000-0000-000000000002',
  subscriptionId: '00000000-0000-0000-0000-000000000001',
  resourceGroup: null,
  location: 'westeurope',
  deploymentName: null,
}

interface Reply {
  readonly id: number
  readonly result?: {
    readonly snapshot?: string
    readonly diagnostics?: readonly { readonly code: string; readonly message: string }[]
  }
  readonly error?: { readonly message: string }
}

interface Waiting {
  resolve(reply: Reply): void
  reject(error: Error): void
}

export const startBicep = ({ path }: BicepCli): BicepRpc => {
  const child = spawn(path, ['jsonrpc', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<number, Waiting>()
  let received: Buffer = Buffer.alloc(0)
  let lastId = 0

  child.stdout.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes])
    for (let message = cutMessage(); message !== undefined; message = cutMessage()) {
      const reply = JSON.parse(message) as Reply
      waiting.get(reply.id)?.resolve(reply)
      waiting.delete(reply.id)
    }
  })
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`The Bicep CLI ended with ${code ?? 'a signal'}.`))
  })

  const cutMessage = (): string | undefined => {
    const head = received.indexOf('\r\n\r\n')
    if (head < 0) return undefined
    const length = Number(/Content-Length: (\d+)/i.exec(received.subarray(0, head).toString())?.[1])
    const end = head + 4 + length
    if (received.length < end) return undefined
    const message = received.subarray(head + 4, end).toString()
    received = received.subarray(end)
    return message
  }

  const call = (method: string, parameters: object): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, { resolve, reject })
      const message = JSON.stringify({ jsonrpc: '2.0', id, method, params: parameters })
      child.stdin.write(`Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`)
    })

  return {
    snapshot: async (parametersFile) => {
      const { result, error } = await call('bicep/getSnapshot', {
        path: parametersFile,
        metadata,
        externalInputs: null,
      })
      if (result?.snapshot === undefined) {
        throw new Error(`bicep cannot evaluate ${parametersFile}: ${error?.message ?? 'no snapshot came back'}`)
      }
      return result.snapshot
    },
    diagnostics: async (file) => {
      const { result } = await call('bicep/compile', { path: file })
      return (result?.diagnostics ?? []).map(({ code, message }) => `${code}: ${message}`)
    },
    close: () => {
      child.kill()
    },
  }
}
