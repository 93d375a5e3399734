// Ends with 0 when the node in this container can work: asks its own /readyz, over whichever of http and https it serves.

import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'

const port = Number(process.env.RELAIS_HTTP_PORT ?? 8080)
const timeout = 4000

const ask = request =>
  new Promise(resolve => {
    // Its own certificate names the public address and not this one: who is asked is known by the port.
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', timeout, rejectUnauthorized: false }, answer => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })

process.exitCode = (await ask(overHttp)) || (await ask(overHttps)) ? 0 : 1
