import { parentPort, workerData } from 'node:worker_threads'
import { stateChecks } from './state-checks.js'
import { verifyFile } from './verification.js'

parentPort?.postMessage(verifyFile((workerData as { file: string }).file, stateChecks))
