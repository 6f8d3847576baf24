import type {
	Frequency,
	ScheduleAgency,
	ScheduledStop,
	ScheduledTrip,
	ScheduleRoute,
	ScheduleStop,
	Service,
	ServiceException,
	ShapePoint,
} from "../../model/schedule.js";

/** Takes what a feed holds, in this order; what refers to something comes after it. */
export interface FeedVisitor {
	agency(agency: ScheduleAgency): void;
	service(service: Service): void;
	exception(exception: ServiceException): void;
	route(route: ScheduleRoute): void;
	stop(stop: ScheduleStop): void;
	/** The points of a shape in the order of the file; called again when the file comes back to it. */
	shape(shapeId: string, points: readonly ShapePoint[]): void;
	trip(trip: ScheduledTrip): void;
	frequency(frequency: Frequency): void;
	/** The stops of a trip in the order of the file; called again when the file comes back to it. */
	stopTimes(tripId: string, stops: readonly ScheduledStop[]): void;
}
