// Makes a fresh clone ready: installs exactly what the lock file says, and makes sure that the pinned Node runs the rest.
// Runs under whatever Node started npm (20 or newer), before anything is installed: built-ins only.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = import.meta.dirname ?? new URL('.', import.meta.url).pathname
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.millrace-lock')

const oldest = 20
if (Number(process.versions.node.split('.')[0]) < oldest) {
  fail(`Node ${oldest} or newer is needed to start; this is ${process.version}. Install one from https://nodejs.org.`)
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== lock) install()
checkNode()

function install() {
  console.log('Installing dependencies from the lock file (once, about half a minute) …')
  // --include=dev: with NODE_ENV=production npm would leave out Node 24 itself, which is a development dependency.
  const { command, prefix } = npm()
  const parameters = [...prefix, 'ci', '--include=dev', '--no-fund', '--no-audit', '--loglevel=error']
  const { status, error } = spawnSync(command, parameters, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) {
    fail(
      `Installing failed${error ? ` (${error.message})` : ''}: npm's own message is above. Is the npm registry reachable?`,
    )
  }
  writeFileSync(stampFile, lock)
}

function npm() {
  const path = process.env.npm_execpath
  if (path?.endsWith('.js') || path?.endsWith('.cjs')) return { command: process.execPath, prefix: [path] }
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', prefix: [] }
}

/** npm puts node_modules/.bin first: scripts that follow run the Node that package.json pins. */
function checkNode() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const binary = join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' })
  const found = stdout?.trim()
  if (found === `v${devDependencies.node}`) return
  fail(
    `Millrace runs on Node ${devDependencies.node}, which comes from npm, but ${found ? `found ${found}` : 'it is not there'}. ` +
      'Its install script did not run: check that npm is not set to ignore scripts (npm config get ignore-scripts) and that ' +
      'this processor is supported, delete node_modules, and start again.',
  )
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
