/** docs/settings.md: the reference of the settings, from their one description. */
import { format } from 'prettier'
import { settingDescriptions, type SettingDescription } from '../../shared/config.ts'

export const settingsPageFile = 'docs/settings.md'

const introduction = `# Settings

What the Functions host and the app read from the environment. This page is written by \`npm run infra:docs\` from
\`shared/config.ts\`; a check holds the settings that Bicep gives the deployed app equal to those marked here.

Locally either a connection string or the setting with an address is needed for Event Hubs and for Cosmos DB; \`npm start\`
sets them itself, and \`local.settings.sample.json\` shows them for Azure Functions Core Tools. In Azure nothing holds a secret.
`

export const settingsPage = async (): Promise<string> => {
  const head = ['Setting', 'Value', 'Default', 'Read by', 'In Azure', 'Meaning']
  const rows = [head, head.map(() => '---'), ...settingDescriptions.map(rowOf)]
  const table = rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  const options = { parser: 'markdown', semi: false, singleQuote: true, printWidth: 120, trailingComma: 'all' } as const
  return await format(`${introduction}\n${table}\n`, options)
}

const rowOf = (setting: SettingDescription): string[] => [
  `\`${setting.name}\``,
  valueOf(setting),
  setting.default === undefined ? '' : `\`${setting.default}\``,
  setting.neededBy,
  setting.setInAzure ? 'yes' : '',
  setting.description,
]

const valueOf = ({ type, choices }: SettingDescription): string =>
  choices === undefined ? type : choices.map((choice) => `\`${choice}\``).join(' or ')
