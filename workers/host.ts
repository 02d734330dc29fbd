/** Entry point of a thread that runs services. Piscina calls the default export with each request. */
export { answerHost as default } from '../src/host/answer-host.js'
