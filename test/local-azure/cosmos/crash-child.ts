/** Serves until it is killed. Arguments: the directory. Prints the connection string. */
import { startCosmos } from '../../../local/cosmos/server.ts'

const { connectionString } = await startCosmos({ port: 0, directory: process.argv[2] ?? '' })
process.stdout.write(`${connectionString}\n`)
