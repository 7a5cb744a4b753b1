/** Finds the Bicep CLI, or fetches it once from NuGet where the .NET SDK is there. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The version that the snapshots are made with. */
export const pinnedVersion = '0.49.2'

export interface BicepCli {
  readonly path: string
  readonly version: string
}

export type CliSearch = { readonly cli: BicepCli } | { readonly missing: string }

interface SearchOptions {
  readonly root: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly arch: string
}

/**
 * In this order: the environment variable BICEP, PATH, the homes of Azure CLI and azd, what was fetched before, NuGet. The
 * first of the pinned version wins; without one the first of any version, which compiles but cannot compare snapshots.
 */
export const findBicep = (options: SearchOptions): CliSearch => {
  const candidates = placesOf(options)
    .map((path) => ({ path, version: versionOf(path) }))
    .filter((found): found is BicepCli => found.version !== undefined)
  const pinned = candidates.find(({ version }) => version === pinnedVersion) ?? fetchFromNuGet(options)
  const cli = pinned ?? candidates[0]
  return cli === undefined
    ? {
        missing:
          'there is no Bicep CLI: none in BICEP, on PATH, in ~/.azure/bin or ~/.azd/bin, and none could be restored from ' +
          'NuGet, which takes the .NET SDK (dotnet) and a network',
      }
    : { cli }
}

const placesOf = ({ root, environment, platform, arch }: SearchOptions): string[] => {
  const name = platform === 'win32' ? 'bicep.exe' : 'bicep'
  const home = environment['HOME'] ?? environment['USERPROFILE'] ?? ''
  const folders = [
    ...(environment['PATH'] ?? '').split(delimiter),
    join(home, '.azure', 'bin'),
    join(home, '.azd', 'bin'),
  ]
  return [
    ...(environment['BICEP'] === undefined ? [] : [environment['BICEP']]),
    ...folders.filter((folder) => folder !== '').map((folder) => join(folder, name)),
    restoredPath(root, platform, arch),
  ].filter((path) => existsSync(path))
}

const versionOf = (path: string): string | undefined => {
  const { stdout, status } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  return status === 0 ? /\d+\.\d+\.\d+/.exec(stdout)?.[0] : undefined
}

const cacheOf = (root: string): string => join(root, 'node_modules', '.cache', 'millrace', 'bicep')

/** NuGet's name of this platform, such as linux-x64. */
const runtimeOf = (platform: NodeJS.Platform, arch: string): string =>
  `${{ win32: 'win', darwin: 'osx' }[platform as string] ?? 'linux'}-${arch}`

const restoredPath = (root: string, platform: NodeJS.Platform, arch: string): string => {
  const tool = platform === 'win32' ? 'bicep.exe' : 'bicep'
  return join(cacheOf(root), `azure.bicep.commandline.${runtimeOf(platform, arch)}`, pinnedVersion, 'tools', tool)
}

const fetchFromNuGet = ({ root, environment, platform, arch }: SearchOptions): BicepCli | undefined => {
  const path = restoredPath(root, platform, arch)
  if (spawnSync('dotnet', ['--version'], { env: environment }).status !== 0) return undefined
  const folder = cacheOf(root)
  mkdirSync(folder, { recursive: true })
  const project = join(folder, 'restore.csproj')
  writeFileSync(project, projectText(`Azure.Bicep.CommandLine.${runtimeOf(platform, arch)}`))
  console.log(`Restoring Bicep CLI ${pinnedVersion} from NuGet, once …`)
  const options = { env: environment, timeout: 180_000 }
  const { status } = spawnSync('dotnet', ['restore', project, '--packages', folder], options)
  if (status !== 0 || !existsSync(path)) return undefined
  chmodSync(path, 0o755)
  return { path, version: pinnedVersion }
}

/** A project that builds nothing and only downloads: it works with whatever .NET SDK is there. */
const projectText = (packageId: string): string => `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net$(BundledNETCoreAppTargetFrameworkVersion)</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="${packageId}" Version="[${pinnedVersion}]" /></ItemGroup>
</Project>
`
