/** Entry point of a thread that describes one module and ends. Piscina calls the default export with the request. */
export { answerDescribe as default } from '../src/host/describer.js'
