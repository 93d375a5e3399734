/** The little of XMLHttpRequest that a client library made for browsers needs, over fetch. */
class Request {
  readyState = 0
  status = 0
  response: unknown = null
  responseType = ''
  onreadystatechange: () => void = () => undefined
  #method = ''
  #url = ''
  readonly #headers = new Headers()
  #answered = new Headers()

  open(method: string, url: string): void {
    this.#method = method
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.set(name, value)
  }

  getResponseHeader(name: string): string | null {
    return this.#answered.get(name)
  }

  getAllResponseHeaders(): string {
    return [...this.#answered].map(([name, value]) => `${name}: ${value}`).join('\r\n')
  }

  send(): void {
    void this.#ask()
  }

  async #ask(): Promise<void> {
    try {
      const answer = await fetch(this.#url, { method: this.#method, headers: this.#headers })
      const body = await answer.arrayBuffer()
      this.status = answer.status
      this.#answered = answer.headers
      this.response =
        this.responseType === 'arraybuffer'
          ? body
          : this.responseType === 'json'
            ? JSON.parse(Buffer.from(body).toString('utf8'))
            : Buffer.from(body).toString('utf8')
    } catch {
      this.status = 0 // what a browser says of a network that failed
    }
    this.readyState = 4
    this.onreadystatechange()
  }
}

/** Lets code written for browsers ask over HTTP in this process. */
export function provideXMLHttpRequest(): void {
  Object.assign(globalThis, { XMLHttpRequest: Request })
}
