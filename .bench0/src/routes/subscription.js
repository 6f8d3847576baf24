import { Failure } from "../model/failure.js";
import { DeliverySubscription } from "./delivery-subscription.js";
import { ServingSubscription } from "./serving-subscription.js";
/** One sink's place in the log, with everything that is routed to it. Two subscriptions never delay each other. */
export function createSubscription(options) {
    if (options.routes.length === 0) {
        throw new Failure("config.invalid", `Nothing is routed to sink ${options.name}; add a route or remove the sink`);
    }
    const { sink } = options;
    return sink.kind === "serving"
        ? new ServingSubscription(options, sink)
        : new DeliverySubscription(options, sink);
}
